"""Papers as files: Word (DOCX), OpenDocument (ODT), PDF, and the workbook as XLSX and CSV."""
