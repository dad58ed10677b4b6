"""A workbook whose only sheet is what a test says."""

import zipfile

import openpyxl


def workbook_of(path, sheet):
    book = openpyxl.Workbook()
    book.active.append(["respondent", "kind"])
    book.save(path)
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    parts["xl/worksheets/sheet1.xml"] = sheet
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in parts.items():
            new.writestr(name, data)
    return path
