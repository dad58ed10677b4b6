"""A buyer's request with one supplier, and questionnaires as buyers send them."""

import io
from datetime import timedelta
from typing import Any

import openpyxl
from django.utils import timezone
from openpyxl.worksheet.datavalidation import DataValidation

from tojimari.attest.requirements import asks_of
from tojimari.portal.requests.models import BuyerRequest, FormFile, Inquiry, plain_of
from tojimari.portal.words import catalog


def made_request(organisation: Any, requirement: str = "ipa-6", **more: Any) -> BuyerRequest:
    """Return a request of a buyer that still takes answers for three weeks."""
    controls = more.pop("controls", ())
    values: dict[str, Any] = {
        "title": "図面を預かる会社への確認",
        "purpose": "図面データをお預けしているため",
        "contact": "購買課 山本 03-0000-0000",
        "due": timezone.localdate() + timedelta(days=21),
    }
    return BuyerRequest.objects.create(
        organisation=organisation,
        requirement=requirement,
        asks=plain_of(asks_of(requirement, controls, catalog())),
        **values | more,
    )


def asked_supplier(request: BuyerRequest, email: str = "ito@example.jp", **more: Any) -> Inquiry:
    """Return a supplier that was asked."""
    rows = Inquiry.objects.across("a test")
    made: Inquiry = rows.create(
        **{"request": request, "email": email, "name": "ひみつ商店", "mail": Inquiry.TAKEN} | more
    )
    return made


QUESTIONS = (
    "会社のパソコンのOSは、自動で最新に更新していますか。",
    "ウイルス対策ソフトをすべてのパソコンに入れていますか。",
    "重要なデータのバックアップを定期的に取っていますか。",
)


def questionnaire_file(
    questions: tuple[str, ...] = QUESTIONS, *, choices: str = "○,△,×,対象外"
) -> bytes:
    """Return a questionnaire as XLSX: headings, sections, merged cells, a formula, a hidden sheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "質問票"
    sheet["A1"] = "セキュリティ質問票"
    sheet.merge_cells("A1:E1")
    sheet.append(["番号", "分類", "質問", "回答", "備考"])
    for number, question in enumerate(questions, 1):
        sheet.append([number, "基本", question])
    last = len(questions) + 2
    sheet.merge_cells(f"B3:B{last}")
    sheet[f"D{last + 1}"] = f'=COUNTIF(D3:D{last},"○")'
    if choices:
        offered = DataValidation(type="list", formula1=f'"{choices}"')
        offered.add(f"D3:D{last}")
        sheet.add_data_validation(offered)
    hidden = book.create_sheet("集計")
    hidden.sheet_state = "hidden"
    hidden["A1"] = "社外秘の採点"
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def taken_form(company: Any) -> FormFile:
    """Return a questionnaire that a company handed in, with its questions found."""
    from tojimari.attest.workbook import read_workbook
    from tojimari.portal.requests.form_files import Place, first_layout, set_layout

    data = questionnaire_file()
    made: FormFile = FormFile.objects.of(company).create(
        company=company, name="ひみつ商店.xlsx", content=data
    )
    book = read_workbook(data)
    layout = first_layout(book)
    assert layout is not None
    set_layout(Place(company), made, book, layout)
    return made
