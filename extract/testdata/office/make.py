#!/usr/bin/env python3
"""Makes the documents in this folder: flat OpenDocument files written here, and
LibreOffice (the soffice program) to turn them into every other format.

    python3 make.py        # about a minute; overwrites the documents and manifest.jsonl

The numbers are shaped like CPR numbers of people born 1858-1899, so that they
belong to nobody alive; all pass modulus 11.
"""
import json, os, re, shutil, subprocess, tempfile, zipfile

NS = " ".join(f'xmlns:{p}="urn:oasis:names:tc:opendocument:xmlns:{u}:1.0"' for p, u in [
    ("office", "office"), ("style", "style"), ("text", "text"), ("table", "table"), ("draw", "drawing"),
    ("meta", "meta"), ("number", "datastyle"), ("presentation", "presentation")]) + \
    ' xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"' \
    ' xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"' \
    ' xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:dc="http://purl.org/dc/elements/1.1/"' \
    ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"' \
    ' xmlns:of="urn:oasis:names:tc:opendocument:xmlns:of:1.2"'

def flat(kind, body, styles="", meta="", auto="", master=""):
    return f'''<?xml version="1.0" encoding="UTF-8"?>
<office:document {NS} office:version="1.3" office:mimetype="application/vnd.oasis.opendocument.{kind}">
<office:meta>{meta}</office:meta>
<office:styles>{styles}</office:styles>
<office:automatic-styles>{auto}</office:automatic-styles>
<office:master-styles>{master}</office:master-styles>
<office:body>{body}</office:body>
</office:document>'''

# --- a letter: where in it each number stands -------------------------------
LETTER = {
    "body": "1103835093", "split": "2709647744", "header": "0209715112", "footer": "1407626113",
    "footnote": "1807615285", "comment": "2111955738", "box": "1803768184", "cell": "1802947719",
    "deleted": "2711695748", "inserted": "1911707124", "endnote": "1812625795", "title": "0708928992",
    "link": "1108958460",
}
def h(n): return n[:6] + "-" + n[6:]

def letter():
    n = LETTER
    split = h(n["split"])
    runs = "".join(f'<text:span text:style-name="T{1 + i % 2}">{c}</text:span>' for i, c in enumerate(split[i:i+3] for i in range(0, len(split), 3)))
    region = lambda id, inner: (f'<text:changed-region xml:id="{id}" text:id="{id}">{inner}</text:changed-region>')
    info = '<office:change-info><dc:creator>Bo</dc:creator><dc:date>2024-03-01T10:00:00</dc:date></office:change-info>'
    dele, ins = h(n["deleted"]), h(n["inserted"])
    body = f'''<office:text><text:tracked-changes>
{region("ct1", f'<text:deletion>{info}<text:p>{dele[7:]}</text:p></text:deletion>')}
{region("ct2", f'<text:insertion>{info}</text:insertion>')}
</text:tracked-changes>
<text:p>Vedr. CPR-nr. {h(n["body"])}, født i går.</text:p>
<text:p>Delt i stumper: {runs}</text:p>
<text:p>Næste afsnit begynder straks<text:note text:id="f1" text:note-class="footnote"><text:note-citation>1</text:note-citation><text:note-body><text:p>Fodnote om {h(n["footnote"])}</text:p></text:note-body></text:note> efter noten<text:note text:id="e1" text:note-class="endnote"><text:note-citation>i</text:note-citation><text:note-body><text:p>Slutnote om {h(n["endnote"])}</text:p></text:note-body></text:note>.</text:p>
<text:p>Kommenteret<office:annotation><dc:creator>Anne Å</dc:creator><dc:date>2024-03-01T10:00:00</dc:date><text:p>Er det {h(n["comment"])}?</text:p></office:annotation> tekst og <text:a xlink:type="simple" xlink:href="https://eksempel.dk/sag?cpr={n["link"]}">et link</text:a>.</text:p>
<text:p>Ændret: {dele[:7]}<text:change text:change-id="ct1"/> og <text:change-start text:change-id="ct2"/>{ins}<text:change-end text:change-id="ct2"/> slut.</text:p>
<text:p>Før<draw:frame draw:name="Boks" text:anchor-type="paragraph" svg:x="2cm" svg:y="12cm" svg:width="8cm" svg:height="2cm" draw:style-name="fr1"><draw:text-box><text:p>Boks med {h(n["box"])}</text:p></draw:text-box></draw:frame> og efter boksen.</text:p>
<table:table table:name="Tabel1"><table:table-column table:number-columns-repeated="3"/>
<table:table-row><table:table-cell office:value-type="string"><text:p>Navn</text:p></table:table-cell><table:table-cell office:value-type="string"><text:p>CPR-nr.</text:p></table:table-cell><table:table-cell office:value-type="string"><text:p>Beløb</text:p></table:table-cell></table:table-row>
<table:table-row><table:table-cell office:value-type="string"><text:p>Sørine Ås</text:p></table:table-cell><table:table-cell office:value-type="string"><text:p>{n["cell"]}</text:p></table:table-cell><table:table-cell office:value-type="string"><text:p>12345678</text:p></table:table-cell></table:table-row>
</table:table>
<text:p>7 er ikke en del af tabellen.</text:p></office:text>'''
    styles = '''<style:style style:name="Standard" style:family="paragraph"/><style:style style:name="Header" style:family="paragraph"/><style:style style:name="Graphics" style:family="graphic"/><style:style style:name="Frame" style:family="graphic"/>'''
    auto = '''<style:style style:name="T1" style:family="text"><style:text-properties fo:font-weight="bold"/></style:style>
<style:style style:name="T2" style:family="text"><style:text-properties fo:font-style="italic"/></style:style>
<style:style style:name="fr1" style:family="graphic" style:parent-style-name="Frame"><style:graphic-properties style:vertical-pos="from-top" style:horizontal-pos="from-left"/></style:style>
<style:page-layout style:name="pm1"><style:page-layout-properties fo:page-width="21cm" fo:page-height="29.7cm"/><style:header-style><style:header-footer-properties fo:min-height="1cm"/></style:header-style><style:footer-style><style:header-footer-properties fo:min-height="1cm"/></style:footer-style></style:page-layout>'''
    master = f'''<style:master-page style:name="Standard" style:page-layout-name="pm1"><style:header><text:p>Sag {h(n["header"])}</text:p></style:header><style:footer><text:p>Side for {h(n["footer"])}</text:p></style:footer></style:master-page>'''
    return flat("text", body, styles, f'<dc:title>Sag {n["title"]}</dc:title><dc:creator>Bo</dc:creator>', auto, master)

# --- a spreadsheet ----------------------------------------------------------
SHEET = {
    "text": "1004696103", "number": "1905918431", "zero": "0603665198", "dash": "0407708229", "hidden": "1607605978",
    "comment": "1810787887", "formula": "1210898081", "header": "2702758893", "box": "2202617827",
}
NINE = "801896332"     # 0801896332 as a number: the zero is lost
BIG = "1911867911"     # a number shown with thousands separators

def cell(v, t="string", style="", extra="", inner=""):
    st = f' table:style-name="{style}"' if style else ""
    if t == "string":
        return f'<table:table-cell office:value-type="string"{st}{extra}>{inner}<text:p>{v}</text:p></table:table-cell>'
    return f'<table:table-cell office:value-type="float" office:value="{v}"{st}{extra}>{inner}<text:p>{v}</text:p></table:table-cell>'

def row(*cells): return "<table:table-row>" + "".join(cells) + "</table:table-row>"

def sheet():
    n = SHEET
    note = f'<office:annotation><dc:creator>Bo</dc:creator><text:p>Se {h(n["comment"])}</text:p></office:annotation>'
    body = f'''<office:spreadsheet>
<table:table table:name="Elever" table:style-name="ta1"><table:shapes><draw:frame svg:x="9cm" svg:y="4cm" svg:width="6cm" svg:height="2cm"><draw:text-box><text:p>Boks {h(n["box"])}</text:p></draw:text-box></draw:frame></table:shapes><table:table-column table:number-columns-repeated="5"/>
{row(cell("Navn"), cell("CPR-nr"), cell("Dato"), cell("Beløb"))}
{row(cell("Åse Sø"), cell(h(n["text"]), inner=note), '<table:table-cell table:style-name="cd" office:value-type="date" office:date-value="2024-03-15"><text:p>15-03-2024</text:p></table:table-cell>', cell("1234.5", "float"))}
{row(cell("Bo"), cell(n["number"], "float"), cell("1"), cell("2"))}
{row(cell("Ib"), cell(str(int(n["zero"])), "float", "c10"), cell("1"), cell("2"))}
{row(cell("Ea"), cell(str(int(n["dash"])), "float", "cdash"), cell("1"), cell("2"))}
{row(cell("Ly"), cell(NINE, "float"), cell("1"), cell("2"))}
{row(cell("Ko"), cell(BIG, "float", "cth"), cell("1"), cell("2"))}
{row(cell("Formel"), f'<table:table-cell table:formula="of:=&quot;{n["formula"][:6]}&quot;&amp;&quot;-&quot;&amp;&quot;{n["formula"][6:]}&quot;" office:value-type="string" office:string-value="{h(n["formula"])}"><text:p>{h(n["formula"])}</text:p></table:table-cell>')}
</table:table>
<table:table table:name="Skjult ark" table:style-name="tahid"><table:table-column/>
{row(cell("CPR"))}{row(cell(h(n["hidden"])))}
</table:table></office:spreadsheet>'''
    def num(name, inner): return f'<number:number-style style:name="{name}">{inner}</number:number-style>'
    auto = f'''{num("N10", '<number:number number:decimal-places="0" number:min-integer-digits="10"/>')}
{num("Ndash", '<number:number number:decimal-places="0" number:min-integer-digits="10"><number:embedded-text number:position="4">-</number:embedded-text></number:number>')}
{num("Nth", '<number:number number:decimal-places="0" number:min-integer-digits="1" number:grouping="true"/>')}
<number:date-style style:name="Nd"><number:day number:style="long"/><number:text>-</number:text><number:month number:style="long"/><number:text>-</number:text><number:year number:style="long"/></number:date-style>
<style:style style:name="c10" style:family="table-cell" style:data-style-name="N10"/><style:style style:name="cdash" style:family="table-cell" style:data-style-name="Ndash"/><style:style style:name="cth" style:family="table-cell" style:data-style-name="Nth"/><style:style style:name="cd" style:family="table-cell" style:data-style-name="Nd"/>
<style:style style:name="ta1" style:family="table" style:master-page-name="Default"><style:table-properties table:display="true"/></style:style>
<style:style style:name="tahid" style:family="table" style:master-page-name="Default"><style:table-properties table:display="false"/></style:style>
<style:page-layout style:name="pm1"><style:header-style><style:header-footer-properties fo:min-height="1cm"/></style:header-style></style:page-layout>'''
    master = f'<style:master-page style:name="Default" style:page-layout-name="pm1"><style:header><text:p>Liste {h(n["header"])}</text:p></style:header></style:master-page>'
    return flat("spreadsheet", body, "", "<dc:title>Elever</dc:title>", auto, master)

# --- slides -----------------------------------------------------------------
SLIDES = {"title": "1311805599", "notes": "1203975631", "table": "0204766940", "second": "0807838105"}

def slides():
    n = SLIDES
    box = lambda t, y: f'<draw:frame svg:x="2cm" svg:y="{y}cm" svg:width="20cm" svg:height="2cm"><draw:text-box><text:p>{t}</text:p></draw:text-box></draw:frame>'
    tc = lambda t: f'<table:table-cell><text:p>{t}</text:p></table:table-cell>'
    body = f'''<office:presentation>
<draw:page draw:name="Et" draw:master-page-name="Default">{box("Sag om " + h(n["title"]), 1)}
<draw:frame svg:x="2cm" svg:y="6cm" svg:width="20cm" svg:height="4cm"><table:table><table:table-column/><table:table-column/><table:table-row>{tc("Navn")}{tc("CPR")}</table:table-row><table:table-row>{tc("Bo")}{tc(n["table"])}</table:table-row></table:table></draw:frame>
<presentation:notes draw:style-name="dp1"><draw:frame presentation:class="notes" svg:x="2cm" svg:y="14cm" svg:width="16cm" svg:height="10cm"><draw:text-box><text:p>Husk {h(n["notes"])}</text:p></draw:text-box></draw:frame></presentation:notes></draw:page>
<draw:page draw:name="To" draw:master-page-name="Default">{box("Delt <text:span>" + h(n["second"])[:4] + "</text:span>" + h(n["second"])[4:], 1)}</draw:page>
</office:presentation>'''
    auto = '<style:page-layout style:name="PM1"><style:page-layout-properties fo:page-width="28cm" fo:page-height="21cm"/></style:page-layout>'
    return flat("presentation", body, "", "", auto, '<style:master-page style:name="Default" style:page-layout-name="PM1"/>')

def convert(src, ext, out, filt=None):
    with tempfile.TemporaryDirectory() as tmp:
        subprocess.run(["soffice", f"-env:UserInstallation=file://{tmp}/profile", "--headless", "--convert-to",
                        ext + (":" + filt if filt else ""), "--outdir", tmp, src], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        shutil.move(os.path.join(tmp, os.path.splitext(os.path.basename(src))[0] + "." + ext), out)

def main():
    here = os.path.dirname(os.path.abspath(__file__))
    manifest = []
    def add(path, expect, note, kind="positive"):
        manifest.append({"path": path, "expect": sorted(expect), "kind": kind, "note": note})
    letter_numbers = list(LETTER.values())
    sheet_numbers = list(SHEET.values()) + [BIG]
    jobs = [("brev", "fodt", letter(), letter_numbers, ["odt", "docx", "doc", "rtf", "ott", "dotx"]),
            ("ark", "fods", sheet(), sheet_numbers, ["ods", "xlsx", "xls"]),
            ("dias", "fodp", slides(), list(SLIDES.values()), ["odp", "pptx", "ppt"])]
    for stem, ext, text, numbers, targets in jobs:
        src = os.path.join(here, f"{stem}.{ext}")
        open(src, "w", encoding="utf-8").write(text)
        # The hand-written spreadsheet shows numbers without their formats.
        shown = [n for n in numbers if ext != "fods" or n not in (SHEET["zero"], SHEET["dash"])]
        add(f"{stem}.{ext}", shown, "flat OpenDocument, written by hand")
        for t in targets:
            filt = {"dotx": "MS Word 2007 XML Template"}.get(t)
            convert(src, t, os.path.join(here, f"{stem}.{t}"), filt)
            # LibreOffice writes the formula to xls without its result.
            stored = [n for n in numbers if t != "xls" or n != SHEET["formula"]]
            add(f"{stem}.{t}", stored, "made by LibreOffice")
    with open(os.path.join(here, "manifest.jsonl"), "w", encoding="utf-8") as f:
        for m in manifest:
            f.write(json.dumps(m, ensure_ascii=False) + "\n")

if __name__ == "__main__":
    main()
