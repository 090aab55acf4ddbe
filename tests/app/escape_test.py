"""Names and labels of others stay text in every format that they are written to."""

import json
import unittest

import program

LABEL = '=HYPERLINK("x"),|`a`<b>'


class Escape(program.ProgramTest):
    def trace_of(self, name):
        label = json.dumps(LABEL)
        text = program.EXPERIMENT.replace('name = "flux"', f'name = "flux"\nlabel = {label}')
        self.write("tiny.toml", text)
        return self.trace(name)

    def test_csv_holds_no_formula(self):
        self.expect_done("export", self.trace_of("trace.h5"), "--to", "csv", "-o", "csv")
        rows = (self.folder / "csv" / "rows.csv").read_text()
        self.assertIn('"\'=HYPERLINK(""x""),|`a`<b>"', rows)

    def test_markdown_holds_no_marks_and_no_html(self):
        self.expect_done("report", self.trace_of("trace.h5"), "-o", "report.md")
        report = (self.folder / "report.md").read_text()
        self.assertIn('=HYPERLINK("x"),\\|\\`a\\`&lt;b&gt;', report)
        self.assertNotIn("<b>", report)

    def test_the_terminal_gets_no_control_characters(self):
        trace = self.trace_of("\x1b[2J\u202e.h5")
        self.assertIn("\\x1b[2J\\xe2\\x80\\xae.h5", self.expect_done("report", trace))
        for arguments in (["report", trace, "--format", "md"], ["compare", trace, trace]):
            with self.subTest(arguments):
                text = self.expect_done(*arguments)
                self.assertFalse([one for one in text if not one.isprintable() and one != "\n"])

    def test_json_holds_names_that_are_no_utf8(self):
        trace = self.trace_of("\udcff.h5")
        told = json.loads(self.expect_done("compare", trace, trace, "--format", "json"))
        self.assertIn("\\xff.h5", json.dumps(told, ensure_ascii=False).replace("\ufffd", "\\xff"))

    def test_labels_that_files_could_not_hold_are_refused_at_their_line(self):
        run = ["--gpu", "./gpu.toml", "-o", "trace.h5"]
        for label, why in (("x" * (2 << 20), "bytes"), ("a\nb", "control"), ("\x1b[2J", "control")):
            for old in ('name = "tiny"', 'name = "flux"\nlabel = "x"'):
                key = old.split("\n")[-1].split(" ")[0]
                new = old.rsplit('"', 2)[0] + json.dumps(label)
                text = program.EXPERIMENT.replace('name = "flux"', 'name = "flux"\nlabel = "x"')
                self.write("bad.toml", text.replace(old, new))
                self.expect_refused(["simulate", "./bad.toml", *run], f"{key} = ", why)
        profile = (self.folder / "gpu.toml").read_text()
        at = profile.index('name = "') + len('name = "')
        self.write("gpu2.toml", profile[:at] + "a, b" + profile[profile.index('"', at) :])
        self.write("sweep.toml", program.small_sweep().replace("./gpu.toml", "./gpu2.toml"))
        self.expect_refused(["sweep", "./sweep.toml", "-o", "sweep.h5"], "gpu2.toml:", "comma")


if __name__ == "__main__":
    unittest.main()
