"""The notebook of `examples` runs, and prints what is stored in it.

After an intended change of the outputs: pytest --update-expected tests/python/test_notebook.py
"""

import contextlib
import io
import json
import shutil

from harness import ROOT

NOTEBOOK = ROOT / "examples" / "explore.ipynb"


def test_the_notebook_prints_what_is_stored_in_it(bundled, tmp_path, monkeypatch, request):
    shutil.copy(bundled.warehouse.with_name("warehouse_published.duckdb"), tmp_path)
    (tmp_path / "examples").mkdir()
    monkeypatch.chdir(tmp_path / "examples")
    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    names: dict = {}
    for number, cell in enumerate(cells, start=1):
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec("".join(cell["source"]), names)
        lines = printed.getvalue().splitlines(keepends=True)
        cell["execution_count"] = number
        cell["outputs"] = [{"name": "stdout", "output_type": "stream", "text": lines}]
    now = json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
    if request.config.getoption("--update-expected"):
        NOTEBOOK.write_text(now, encoding="utf-8")
    assert NOTEBOOK.read_text(encoding="utf-8") == now
    assert len(names["scored"]) == names["same"] > 1000
    assert len(now) < 30_000
