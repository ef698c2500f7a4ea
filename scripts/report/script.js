// Adds sorting, searching and CSV files to tables that are complete without it.
"use strict";

const shown = (cell) => cell.textContent.trim();
const value = (cell) => Number(cell.dataset.value ?? NaN);

function sort(table, column, ascending) {
  const body = table.tBodies[0];
  const compared = (left, right) => {
    const [a, b] = [left.cells[column], right.cells[column]];
    const byValue = value(a) - value(b);
    return Number.isNaN(byValue) ? shown(a).localeCompare(shown(b)) : byValue;
  };
  const rows = [...body.rows].sort((a, b) => (ascending ? 1 : -1) * compared(a, b));
  body.append(...rows);
}

function makeSortable(table) {
  [...table.tHead.rows[0].cells].forEach((heading, column) => {
    const button = document.createElement("button");
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const ascending = heading.getAttribute("aria-sort") === "descending";
      for (const other of heading.parentElement.cells) other.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", ascending ? "ascending" : "descending");
      sort(table, column, ascending);
    });
  });
}

// A spreadsheet would run text that begins with one of these.
function cellOfCsv(cell) {
  const text = cell.dataset.value ?? shown(cell);
  const safe = cell.dataset.value === undefined && /^[=+\-@\t\r]/.test(text) ? "'" + text : text;
  return '"' + safe.replaceAll('"', '""') + '"';
}

function saveCsv(table) {
  const rows = [table.tHead.rows[0], ...table.tBodies[0].rows];
  const text = rows.map((row) => [...row.cells].map(cellOfCsv).join(",")).join("\r\n");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(["\ufeff", text, "\r\n"], { type: "text/csv" }));
  link.download = table.dataset.file + ".csv";
  link.click();
  URL.revokeObjectURL(link.href);
}

function addTools(table) {
  const tools = document.createElement("p");
  tools.className = "tools";
  const search = document.createElement("input");
  search.type = "search";
  search.placeholder = "Search";
  search.setAttribute("aria-label", "Search " + table.getAttribute("aria-label"));
  search.addEventListener("input", () => {
    for (const row of table.tBodies[0].rows) {
      row.hidden = !row.textContent.toLowerCase().includes(search.value.toLowerCase());
    }
  });
  const save = document.createElement("button");
  save.textContent = "Save as CSV";
  save.addEventListener("click", () => saveCsv(table));
  tools.append(search, save);
  table.closest(".scroll").before(tools);
}

for (const table of document.querySelectorAll("table.sortable")) makeSortable(table);
for (const table of document.querySelectorAll("table[data-file]")) addTools(table);
// A link from a card opens the list that it leads to, and one from the top the evidence.
function openTarget() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
  target.querySelector("details")?.setAttribute("open", "");
  target.scrollIntoView();
}
window.addEventListener("hashchange", openTarget);
openTarget();
