/// What a page about regions adds to the look of a report. `--heat` is how strongly a box is
/// coloured; the colour lies over the card, so that it suits light, dark and paper.
let regionStyle = """
  .note{border-left-color:var(--accent)}
  .diagram{margin-top:12px;overflow-x:auto}
  .row{display:flex;break-inside:avoid}
  .region{flex:1;min-width:240px;overflow:hidden;padding:7px 12px;border-radius:7px;
    border:1px solid var(--line);font-size:14px;line-height:1.45;
    background:linear-gradient(rgba(217,95,2,var(--heat)),rgba(217,95,2,var(--heat))),var(--card);
    print-color-adjust:exact;-webkit-print-color-adjust:exact}
  .top{display:flex;gap:10px}
  .top .name{flex:1;font-weight:600}
  .top .time{white-space:nowrap;font-variant-numeric:tabular-nums}
  .top .name,.nodes,.sums{overflow:hidden;white-space:nowrap;text-overflow:ellipsis;min-width:0}
  .sums{font-size:13px;font-variant-numeric:tabular-nums}
  .lanes{flex:none;display:block}
  .lanes text{font-size:11px;fill:var(--ink);font-variant-numeric:tabular-nums}
  .line{fill:none;stroke:var(--quiet);stroke-width:1.5}
  .line:hover{stroke:var(--accent);stroke-width:3}
  .tip{fill:var(--quiet)}
  .scale{font-size:13px;color:var(--quiet);margin:0 0 10px}
  .scale i{display:inline-block;width:112px;height:10px;border-radius:2px;
    border:1px solid var(--line);print-color-adjust:exact;-webkit-print-color-adjust:exact;
    background:linear-gradient(90deg,rgba(217,95,2,0),rgba(217,95,2,.62)),var(--card)}
  .plot{display:block;width:100%;min-width:640px;height:auto;margin-top:6px}
  .plot text{font-size:12px;fill:var(--quiet)}
  .grid path{fill:none;stroke:var(--line)}
  .limit path{fill:none;stroke:var(--accent);stroke-width:2}
  .limit text{fill:var(--accent);font-weight:600}
  .point circle{fill:rgba(217,95,2,.55);stroke:var(--ink);stroke-width:1}
  .point:hover circle{fill:rgba(217,95,2,1)}
  .plot .names text{fill:var(--ink);font-size:11px;pointer-events:none}
  .buffer rect{stroke:var(--card);stroke-width:.8;fill-opacity:.85}
  .buffer:hover rect{fill-opacity:1;stroke:var(--ink);stroke-width:1.5}
  .plot .buffer text{font-size:11px;pointer-events:none}
  .point,.buffer{print-color-adjust:exact;-webkit-print-color-adjust:exact}
  .fold{margin:6px 0}
  .fold th{white-space:nowrap;color:var(--quiet)}
  .plain{margin:6px 0 0;padding-left:20px;font-size:14px;overflow-wrap:anywhere}
  .times .name{min-width:200px;overflow-wrap:anywhere}
  .times .bar{width:18%;min-width:110px}
  .bar i{print-color-adjust:exact;-webkit-print-color-adjust:exact}
  @media print{body{font-size:11px}.wide{overflow:visible}.plot{min-width:0}
    .times th,.times td{padding-right:8px;font-size:10px}.times .name{min-width:0}
    section>h2{break-after:avoid}.plot{break-inside:avoid}}
  """
