"""The workbook of a year: out, to be filled in Excel or LibreOffice, and in again, checked, all or nothing."""
