"""Questionnaires as buyers send them: workbooks that a spreadsheet program would write."""

import io

import openpyxl
from openpyxl.worksheet.datavalidation import DataValidation

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
