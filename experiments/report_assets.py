"""What a report page carries along: its style sheet and its script. Nothing is loaded from anywhere else."""

STYLE = """
:root { --ink: #1f2328; --soft: #59636e; --line: #d8dce1; --wash: #f6f7f9; --accent: #0072b2; }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
body { margin: 0; color: var(--ink); background: white;
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 1100px; margin: 0 auto; padding: 40px 24px 64px; }
.kicker { margin: 0 0 6px; color: var(--soft); font-size: 14px; }
h1 { margin: 0 0 12px; font-size: 32px; line-height: 1.2; font-weight: 650; letter-spacing: -0.01em; text-wrap: balance; }
h2 { margin: 0 0 4px; font-size: 21px; line-height: 1.3; font-weight: 620; }
h3 { margin: 0 0 4px; font-size: 15px; font-weight: 600; }
.lede { max-width: 46em; margin: 0; font-size: 18px; }
nav { display: flex; flex-wrap: wrap; gap: 6px 18px; margin: 20px 0 0; font-size: 14px; }
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; }
section { margin-top: 36px; padding-top: 24px; border-top: 1px solid var(--line); }
.caption { max-width: 52em; margin: 0 0 12px; color: var(--soft); font-size: 15px; }
.controls { display: flex; flex-wrap: wrap; gap: 8px 20px; margin: 0 0 12px; font-size: 14px; }
select { margin-left: 6px; padding: 3px 6px; font: inherit; color: inherit; background: white;
  border: 1px solid #aab1b9; border-radius: 5px; }
.keys { display: flex; flex-wrap: wrap; gap: 4px 6px; margin: 0 0 10px -8px; }
.key { display: inline-flex; align-items: center; gap: 8px; padding: 3px 8px; font: inherit; font-size: 14px; color: inherit;
  background: none; border: 1px solid transparent; border-radius: 5px; cursor: pointer; }
.key:hover { border-color: var(--line); }
.key[aria-pressed="false"] { opacity: 0.4; text-decoration: line-through; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); gap: 24px 32px; }
.plots > div { min-width: 0; }
.scroll { max-height: 460px; overflow: auto; }
table { border-collapse: separate; border-spacing: 0; font-size: 15px; font-variant-numeric: tabular-nums; }
th, td { padding: 5px 22px 5px 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
thead th { position: sticky; top: 0; background: white;
  color: var(--soft); font-weight: 600; white-space: nowrap; border-bottom: 2px solid var(--line); }
td.number, th.number { text-align: right; white-space: nowrap; }
.best td { font-weight: 650; background: var(--wash); }
.facts th { width: 13em; color: var(--soft); font-weight: 500; overflow-wrap: anywhere; }
.facts td { overflow-wrap: anywhere; }
pre { margin: 8px 0 0; padding: 12px 14px; overflow-x: auto; font-size: 13px; line-height: 1.45;
  background: var(--wash); border-radius: 6px; }
details { margin-top: 10px; }
summary { cursor: pointer; color: var(--accent); }
@media (max-width: 600px) {
  main { padding: 24px 16px 48px; }
  h1 { font-size: 25px; }
  .lede { font-size: 16px; }
  th, td { padding-right: 14px; }
  .facts th { width: 8.5em; }
}
@media print {
  body { font-size: 11pt; }
  main { max-width: none; padding: 0; }
  nav, .modebar { display: none !important; }
  section { margin-top: 18px; padding-top: 12px; }
  h2, h3, .caption, .controls, .keys { break-after: avoid; break-inside: avoid; }
  .plots > div, tr { break-inside: avoid; }
  .plots { grid-template-columns: 1fr; }
  .scroll { max-height: none; overflow: visible; }
  select { appearance: none; border: 0; padding: 0; font-weight: 600; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; }
}
"""

SCRIPT = """
"use strict";
const panels = JSON.parse(document.getElementById("figures").textContent);
const mouse = matchMedia("(hover: hover)").matches;
const dragmode = mouse ? "zoom" : false; // a finger scrolls the page
const buttons = [["toImage", "zoom2d", "pan2d", "resetScale2d"]];
const config = { responsive: true, displaylogo: false, modeBarButtons: buttons, ...(mouse ? {} : { displayModeBar: false }) };
function drawPanel(section, plots) {
  const choices = [...section.querySelectorAll("select")], keys = [...section.querySelectorAll(".key")];
  const draw = () => {
    const view = choices.reduce((index, choice) => index * choice.options.length + choice.selectedIndex, 0);
    const off = new Set(keys.filter((key) => key.getAttribute("aria-pressed") === "false").map((key) => Number(key.dataset.line)));
    section.querySelectorAll(".plot").forEach((div, i) => {
      const figure = structuredClone(plots[i][view]); // plotly writes into what it draws
      const data = figure.data.map((trace) => ({ ...trace, visible: !off.has(trace.meta) }));
      Plotly.react(div, data, { ...figure.layout, dragmode }, config);
    });
  };
  choices.forEach((choice) => choice.addEventListener("change", draw));
  keys.forEach((key) => key.addEventListener("click", () => {
    key.setAttribute("aria-pressed", String(key.getAttribute("aria-pressed") === "false"));
    draw();
  }));
  draw();
}
panels.forEach(({ id, plots }) => drawPanel(document.getElementById(id), plots));
const everyPlot = () => [...document.querySelectorAll(".plot")];
addEventListener("beforeprint", () => everyPlot().forEach((div) => Plotly.relayout(div, { width: 660 })));
addEventListener("afterprint", () => everyPlot().forEach((div) => Plotly.relayout(div, { width: null, autosize: true })));
"""
