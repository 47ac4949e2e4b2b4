#!/usr/bin/env python3
# letters.py PROGRAM FOLDER - read every letter that PROGRAM (t/letter-show) writes
# with a parser that is not the shop's. Prints one line a check: "ok" or "not ok", a
# tab, what was checked, and what was found. FOLDER gets KIND-CASE.html and .txt.
import email
import email.policy
import html.parser
import subprocess
import sys

program, folder = sys.argv[1:]
HEADERS = ["From", "To", "Reply-To", "Subject", "Date", "Message-Id", "Auto-Submitted",
    "Content-Language", "MIME-Version", "Content-Type"]
BOTH = ["multipart/alternative", "text/plain", "text/html"]
ELEMENTS = {"html", "head", "meta", "title", "style", "body", "div", "p", "a", "table", "tbody",
    "tr", "td", "span", "strong", "br", "img", "h2", "ul", "li", "bdi"}


def check(good, what, found=""):
    print("ok" if good else "not ok", what + ("" if good else ": " + repr(found)[:600]), sep="\t")


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.odd, self.links, self.pictures, self.words = [], [], [], []
        self.turned, self.dir = [], ""
        self.quiet = False

    def handle_starttag(self, tag, attrs):
        self.quiet = tag in ("style", "title")
        if tag not in ELEMENTS:
            self.odd.append(tag)
        self.odd += [n for n, _ in attrs if n.startswith("on") or n in ("srcset", "background")]
        attrs = dict(attrs)
        self.dir = attrs.get("dir", "")
        if tag == "a":
            self.links.append(attrs["href"])
        if tag == "img":
            self.pictures.append(attrs)

    def handle_endtag(self, tag):
        self.quiet = False

    def handle_data(self, data):
        if self.dir == "auto" and " × " in data:
            self.turned.append(data)
        if not self.quiet:
            self.words += data.split()


def read(kind, case, raw):
    name = f"{kind} {case}"
    lines = raw.split(b"\r\n")
    check(raw.isascii() and not any(b"\n" in l or b"\r" in l for l in lines)
        and max(map(len, lines)) <= 998, f"{name}: ASCII, CRLF, no line above 998")
    m = email.message_from_bytes(raw, policy=email.policy.SMTP)
    parts = list(m.walk())
    check(not any(p.defects for p in parts), f"{name}: well-formed")
    check(m.keys() == HEADERS, f"{name}: no header but ours", m.keys())
    check([a.addr_spec for a in m["To"].addresses] == ["zoe@buyer.example"],
        f"{name}: to one reader", m["To"])
    check(m["Message-ID"].strip() == "<0123456789abcdef0123456789abcdef@hats.example>",
        f"{name}: the Message-ID is the uid it was given", m["Message-ID"])
    want = BOTH
    if kind in ("invoice", "credit-note"):
        want = ["multipart/mixed", *BOTH, "application/pdf"]
        paper = parts[-1]
        check(paper.get_content() == bytes(range(256)) * 4
            and paper.get_filename() == f"{kind}-2026-00042.pdf"
            and paper.get_content_disposition() == "attachment", f"{name}: the paper arrives")
    check([p.get_content_type() for p in parts] == want, f"{name}: its parts",
        [p.get_content_type() for p in parts])
    text, page = (m.get_body((s,)).get_payload(decode=True) for s in ("plain", "html"))
    try:
        text, page = text.decode("utf-8"), page.decode("utf-8")
    except UnicodeDecodeError as e:
        check(False, f"{name}: UTF-8", e)
        return
    check({p.get_content_charset() for p in parts if p.get_content_maintype() == "text"}
        == {"utf-8"}, f"{name}: and says so")
    check(not any(ord(c) < 32 and c not in "\r\n" for c in text + page),
        f"{name}: no control character")
    check(not any(l.startswith("Bcc") for l in text.splitlines()), f"{name}: no line of another")
    p = Page()
    p.feed(page)
    check(not p.odd, f"{name}: no markup but ours", p.odd)
    check(p.links and all(l.startswith("https://") for l in p.links), f"{name}: links", p.links)
    check(all(i["src"].startswith("https://") and i["alt"] and 0 < int(i["width"]) <= 56
        and 0 < int(i["height"]) <= 56 for i in p.pictures), f"{name}: pictures", p.pictures)
    check(kind != "order" or p.pictures, f"{name}: a confirmation has some")
    check(not p.turned, f"{name}: a name turns itself, not our words before it", p.turned)
    lost = set(p.words) - set(text.split())
    labels = {"See", "your", "order", "Follow", "parcel", "Back", "to", "basket"}
    check(not lost - labels, f"{name}: the text says what the page says", lost - labels)
    for end, body in (("html", page), ("txt", text)):
        with open(f"{folder}/{kind}-{case}.{end}", "w", encoding="utf-8", newline="\n") as f:
            f.write(body.replace("\r\n", "\n"))


def write(*args):
    return subprocess.run([program, *args], capture_output=True, check=True).stdout


for pair in write().decode().splitlines():
    letter = write(*pair.split())
    read(*pair.split(), letter)
    check(write(*pair.split()) == letter, f"{pair}: the same bytes each time")
