"""Modules as one script: in which order, without what, and what is refused."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from moderation import widget
from moderation.modules import ModuleError, bundle, join, read, strip

ROOT = Path(__file__).parents[2]
NODE = shutil.which("node")
TYPESCRIPT = ROOT / "node_modules" / "typescript"

needs_node = pytest.mark.skipif(
    NODE is None and os.environ.get("NODE") != "required", reason="needs Node"
)
needs_typescript = pytest.mark.skipif(
    not (NODE and TYPESCRIPT.is_dir()) and os.environ.get("NODE") != "required",
    reason="needs Node and npm ci",
)


def write(folder: Path, **modules: str) -> Path:
    for name, text in modules.items():
        (folder / f"{name}.js").write_text(text, "utf-8")
    return folder / "main.js"


def run(script: str) -> str:
    """What a script prints, in Node."""
    command = ["node", "--input-type=commonjs", "--eval", script]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


@needs_node
def test_each_module_comes_after_what_it_imports(tmp_path: Path) -> None:
    entry = write(
        tmp_path,
        main='import { b } from "./b.js";\nimport { c } from "./c.js";\nconsole.log("a", b, c);\n',
        b='import { c } from "./c.js";\n\n/** B. */\nexport const b = c + 1;\nconsole.log("b");\n',
        c='export const c = 1;\nconsole.log("c");\n',
    )
    assert run(join(entry)) == "c\nb\na 2 1\n"


def test_a_module_may_be_made_instead_of_read(tmp_path: Path) -> None:
    entry = write(tmp_path, main='import { WORD } from "./made.js";\nsay(WORD);\n')
    assert join(entry, {tmp_path / "made.js": 'export const WORD = "x";\n'}) == (
        'let $a="x";\nsay($a);'
    )


@needs_node
def test_what_is_joined_says_nothing_twice(tmp_path: Path) -> None:
    entry = write(
        tmp_path,
        main="class A {\n  b() {\n    return 1;\n  }\n\n  c() {}\n}\n\n"
        "for (const a of [new A()]) {\n  console.log(a.b());\n}\n"
        "if (true) {\n  console.log(2);\n}\nconsole.log(3);\n",
    )
    script = join(entry)
    assert "}\n" not in script
    assert ";}" not in script
    assert "if(!0)" in script
    assert "for(let a of" in script
    assert run(script) == "1\n2\n3\n"


@pytest.mark.parametrize(
    ("modules", "complaint"),
    [
        (
            {
                "main": 'import { a } from "./a.js";\n',
                "a": 'import { b } from "./b.js";\nexport const a = b;\n',
                "b": 'import { a } from "./a.js";\nexport const b = a;\n',
            },
            "modules import each other in a circle: a.js -> b.js -> a.js",
        ),
        ({"main": '\nimport { a } from "./a.js";\n'}, 'main.js:2: there is no module "./a.js"'),
        (
            {"main": 'import { a, b } from "./a.js";\n', "a": "export const a = 1;\n"},
            'main.js:1: "./a.js" does not export b',
        ),
        (
            {
                "main": 'import { a } from "./a.js";\nconst hidden = a;\n',
                "a": "export const a = 1;\nfunction hidden() {}\n",
            },
            "main.js:2: a.js has the name hidden too",
        ),
        (
            {"main": 'import * as a from "./a.js";\n'},
            "main.js:1: only import { names } from a file",
        ),
        (
            {"main": 'import { a as b } from "./a.js";\n'},
            "main.js:1: only import { names } from a file",
        ),
        ({"main": 'import a from "a";\n'}, "main.js:1: only import { names } from a file"),
        (
            {"main": 'const a = 1;\nconst b = () => import("./a.js");\n'},
            "main.js:2: only import { names } from a file",
        ),
        (
            {"main": "export default 1;\n"},
            "main.js:1: only plain const, let, class and function",
        ),
        ({"main": "const { a } = b;\n"}, "main.js:1: only plain const, let, class and function"),
        ({"main": "const a = [1;\n"}, "main.js: [ is never closed"),
        ({"main": "a();\n});\n"}, "main.js:2: } closes nothing"),
        ({"main": 'const a = "b\n";\n'}, "main.js:1: cannot be read: '\"b\\n\";\\n'"),
    ],
)
def test_what_cannot_be_joined_is_named(
    tmp_path: Path, modules: dict[str, str], complaint: str
) -> None:
    entry = write(tmp_path, **modules)
    with pytest.raises(ModuleError) as caught:
        join(entry)
    assert str(caught.value) == complaint


@pytest.mark.parametrize(
    ("source", "served"),
    [
        ("// gone\nlet a = 1; // gone\nlet b = 2;\n", "let a=1;let b=2;"),
        ("a /* gone */ + b", "a+b"),
        ("a /* gone\nbut for the line */\nb", "a\nb"),
        ("/** @type {string} */ (a).b", "(a).b"),
        ('a("//", \'/*\', "\\"//");', 'a("//",\'/*\',"\\"//");'),
        ("a(`// stays\n  /* and */\n  this`);", "a(`// stays\n  /* and */\n  this`);"),
        ("a(`${b /* gone */ + `${c} //`} // stays`);", "a(`${b+`${c} //`} // stays`);"),
        ("a(`\\`// ${ {b: 1}.b }`);", "a(`\\`// ${{b:1}.b}`);"),
        ("a = /[/*]\\/\\/x/g.test(b) // gone", "a=/[/*]\\/\\/x/g.test(b)"),
        ("a = b / c // gone\n/ d", "a=b/c\n/d"),
        ("a = (b + c) / d; // gone", "a=(b+c)/d;"),
        ("a = b[0] / c[1]; // gone", "a=b[0]/c[1];"),
        ("if (a) /\\/*b/.test(c);", "if(a)/\\/*b/.test(c);"),
        ("a++ / b // gone", "a++ /b"),
        ("return /'/.test(a) // gone", "return/'/.test(a)"),
        ("a\n  .b()\n  .c()", "a.b().c()"),
        ("a = b\nc()", "a=b\nc()"),
        ("a + +b - -c", "a+ +b- -c"),
        ("a / /b/.c", "a/ /b/.c"),
        ("a in b; get #c() {}", "a in b;get#c(){}"),
        ("a(\n  b,\n  [c, d,],\n);", "a(b,[c,d]);"),
        ("a = [b, , , ];", "a=[b,,,];"),
        ("a = [,];", "a=[,];"),
        ("a ? b : c\n  ? d\n  : e", "a?b:c?d:e"),
        ("a = () => {\n  b();\n};", "a=()=>{b()};"),
        ("{ while (a(b)); }", "{while(a(b));}"),
        ("{ if (a) b; else; }", "{if(a)b;else;}"),
        ("{ a:; }", "{a:;}"),
        ("class A {\n  #b = 1;\n\n  c() {}\n  d() {}\n}\n", "class A{#b=1;c(){}d(){}}"),
        (
            "class A {\n  b = {}\n  c() {}\n  #d = () => {}\n  e() {}\n}",
            "class A{b={}\nc(){}#d=()=>{}\ne(){}}",
        ),
        ("el({ class: a }, {})\nb", "el({class:a},{})\nb"),
        ("if (a) {\n  b;\n}\nc", "if(a){b}c"),
        ("a = function () {}\nb", "a=function(){}\nb"),
        ("a = () => {}\nb", "a=()=>{}\nb"),
        ("try {\n  a;\n} catch {\n  b;\n}\nc", "try{a}catch{b}\nc"),
        ("a =\n  b &&\n  c", "a=b&&c"),
    ],
)
def test_only_comments_and_space_are_taken_away(source: str, served: str) -> None:
    assert strip(source) == served


def test_words_that_have_a_shorter_form(tmp_path: Path) -> None:
    entry = write(
        tmp_path, main="const a = [true, false];\nreturn true\nif (b.true) for (const c of a) c;\n"
    )
    assert join(entry) == "let a=[!0,!1];return!0\nif(b.true)for(let c of a)c;"


@pytest.mark.parametrize(
    ("source", "served"),
    [
        ("const a = true;\n", "let a=!0;"),
        ("a.true = { const: false, true: a.const };\n", "a.true={const:!1,true:a.const};"),
        ("return_(a ? true : false);\n", "return_(a?true:!1);"),
        ("a.map((b) => b + 1);\n", "a.map(b=>b+1);"),
        ("a.map(async (b) => b);\n", "a.map(async(b)=>b);"),
        ("a.map((b, c) => b, ([d]) => d, (e = 1) => e);\n", "a.map((b,c)=>b,([d])=>d,(e=1)=>e);"),
        ("const a = () => {\n  b((c));\n};\n", "let a=()=>{b((c))};"),
        ("{\n  while (a(b));\n}\n", "{while(a(b));}"),
        ("{\n  const a = 1;\n  let b;\n  const { c } = d;\n  e();\n}\n", "{let a=1,b,{c}=d;e()}"),
        ("const a = () => {\n  const b = 1;\n};\nconst c = 2;\n", "let a=()=>{let b=1},c=2;"),
        ("{\n  const a = 1;\n}\nb();\nlet c;\n", "{let a=1}b();let c;"),
        ("for (const a of b) {\n  c;\n}\nconst d = 1;\n", "for(let a of b){c}let d=1;"),
        ("{\n  if (a) b(c);\n}\n", "{if(a)b(c)}"),
        ("class A {\n  b() {}\n\n  get c() {}\n}\nd();\n", "class $a{b(){}get c(){}}d();"),
    ],
)
def test_one_script_is_written_tersely(tmp_path: Path, source: str, served: str) -> None:
    assert join(write(tmp_path, main=source)) == served


def test_names_inside_functions_are_nobody_elses() -> None:
    module = read("export async function* a() { const b = 1; }\nclass C {}\n", "a.js", {})
    assert module.exported == {"a"}
    assert module.declared == {"a": 1, "C": 2}


@needs_node
def test_private_names_are_short_and_apart(tmp_path: Path) -> None:
    names = [f"#name{n}" for n in range(60)]
    fields = " ".join(f"{name} = {n};" for n, name in enumerate(names))
    total = " + ".join(f"this.{name}" for name in names)
    entry = write(
        tmp_path,
        main='import { A } from "./a.js";\nclass B extends A { #name1 = "#name1"; say() {'
        " return `${this.sum()} ${this.#name1}`; } }\nconsole.log(new B().say());\n",
        a=f"export class A {{ {fields} sum() {{ return {total}; }} }}\n",
    )
    script = join(entry)
    assert "#name2" not in script
    assert run(script) == f"{sum(range(60))} #name1\n"


@needs_node
def test_the_whole_script_is_one_that_parses(tmp_path: Path) -> None:
    path = tmp_path / "embed.js"
    path.write_text(widget.script_text(), "utf-8")
    done = subprocess.run(["node", "--check", path], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


PROPERTIES = """
const ts = require("typescript");
const names = new Set();
const walk = (node) => {
  const named = ts.isClassElement(node) || ts.isObjectLiteralElementLike(node)
    || (ts.isBindingElement(node) && ts.isObjectBindingPattern(node.parent));
  const name = named && (node.propertyName ?? node.name);
  if (name) names.add(name.text);
  ts.forEachChild(node, walk);
};
for (const text of JSON.parse(require("node:fs").readFileSync(0, "utf8")))
  walk(ts.createSourceFile("a.js", text, ts.ScriptTarget.Latest, true));
console.log(JSON.stringify([...names]));
"""


@needs_typescript
def test_what_is_shortened_is_no_property() -> None:
    """A module's names with a capital; told apart by TypeScript's own parser."""
    folders = (ROOT / "moderation" / "widget" / "static", ROOT / "moderation" / "web")
    sources = {path: path.read_text("utf-8") for folder in folders for path in folder.glob("*.js")}
    declared = {
        name for path, text in sources.items() for name in read(text, path.name, {}).declared
    }
    shortened = {name for name in declared if name != name.lower()}
    assert {"Thread", "askDelete"} <= shortened
    done = subprocess.run(
        ["node", "--input-type=commonjs", "--eval", PROPERTIES],
        input=json.dumps([*sources.values(), "({ askReport, b: 1, c() {} }); const { d: e } = f"]),
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    properties = set(json.loads(done.stdout))
    assert {"askReport", "b", "c", "d", "data"} <= properties
    assert shortened & (properties - {"askReport"}) == set()


TREES = """
const ts = require("typescript");
const tree = (text) => {
  const nodes = [];
  const walk = (node) => {
    nodes.push([node.kind, node.operator, node.flags & ts.NodeFlags.BlockScoped, node.text]);
    ts.forEachChild(node, walk);
  };
  ts.createSourceFile("a.js", text, ts.ScriptTarget.Latest).statements.forEach(walk);
  return JSON.stringify(nodes);
};
const pairs = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(pairs.map(([one, other]) => tree(one) === tree(other))));
"""


@needs_typescript
def test_what_is_left_of_each_module_is_the_same_program() -> None:
    """By TypeScript's own parser, which sees the comments and the space that were taken away."""
    paths = sorted((ROOT / "moderation").glob("**/*.js"))
    assert len(paths) > 30
    sources = [path.read_text("utf-8") for path in paths]
    pairs = [(source, strip(source)) for source in sources]
    pairs.append(("let a = `1\n2`;", "let a = `1\n 2`;"))
    done = subprocess.run(
        ["node", "--input-type=commonjs", "--eval", TREES],
        input=json.dumps(pairs),
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    *same, control = json.loads(done.stdout)
    assert [path.name for path, is_same in zip(paths, same, strict=True) if not is_same] == []
    assert control is False


@needs_node
def test_in_a_bundle_each_module_keeps_its_names(tmp_path: Path) -> None:
    entry = write(
        tmp_path,
        main=(
            'import { b, Shape } from "./b.js";\nimport "./c.js";\nconst hidden = "main";\n'
            "const place = await import.meta.url;\n"
            "console.log(hidden, b(), new Shape().hidden, typeof place, { Shape }.Shape.name);\n"
        ),
        b=(
            'import { c } from "./c.js";\nconst hidden = "b";\n'
            "export const b = () => hidden + c;\n"
            "/** A shape. */\nexport class Shape {\n  #own = hidden;\n"
            "  get hidden() {\n    return this.#own;\n  }\n}\n"
        ),
        c='const hidden = "c";\nexport const c = hidden;\nconsole.log("once");\n',
    )
    (tmp_path / "out.mjs").write_text(bundle(entry), "utf-8")
    command = ["node", str(tmp_path / "out.mjs")]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    assert said == "once\nmain bc b string Shape\n"


@pytest.mark.parametrize(
    ("modules", "complaint"),
    [
        (
            {"main": 'import { a } from "./a.js";\n', "a": "export let a = 1;\n"},
            "a.js:1: what is exported must not change",
        ),
        (
            {
                "main": 'import { a } from "./a.js";\n',
                "a": 'import { b } from "./b.js";\nexport const a = b;\n',
                "b": 'import { a } from "./a.js";\nexport const b = a;\n',
            },
            "modules import each other in a circle: a.js -> b.js -> a.js",
        ),
        (
            {"main": 'import { a, b } from "./a.js";\n', "a": "export const a = 1;\n"},
            'main.js:1: "./a.js" does not export b',
        ),
        ({"main": 'const a = import("./a.js");\n'}, "main.js:1: only import { names } from a file"),
    ],
)
def test_what_cannot_be_bundled_is_refused(
    tmp_path: Path, modules: dict[str, str], complaint: str
) -> None:
    with pytest.raises(ModuleError, match=re.escape(complaint)):
        bundle(write(tmp_path, **modules))
