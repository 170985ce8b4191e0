/// The look of a report, in light and dark. Nothing here points outside the page.
///
/// A film shows one frame of its strip: `--frame` says which when the script runs; without it an
/// animation steps through all of them, the same for every film, so that they stay in step.
let reportStyle = """
  :root{color-scheme:light dark;--ink:#1b1d21;--quiet:#5f6670;--paper:#f6f6f3;--card:#fff;
    --line:#dddcd6;--accent:#0b5cad;--warn:#fff3d1;--warn-ink:#5c4300;--warn-line:#e0b94a;--frame:0}
  @media (prefers-color-scheme:dark){:root{--ink:#e7e6e2;--quiet:#9aa0a8;--paper:#131417;
    --card:#1d1f23;--line:#33363c;--accent:#7db8f5;--warn:#33290d;--warn-ink:#f3dfa6;
    --warn-line:#8a6d1c}}
  *{box-sizing:border-box}
  html{scroll-behavior:smooth}
  body{margin:0;background:var(--paper);color:var(--ink);
    font:16px/1.5 system-ui,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
  body>header,main{max-width:1200px;margin:0 auto;padding:0 24px}
  body>header{padding-top:40px}
  main{padding-bottom:96px}
  h1{font-size:32px;line-height:1.2;margin:0;letter-spacing:-.01em;overflow-wrap:anywhere}
  h2{font-size:21px;margin:44px 0 0;line-height:1.3}
  h3{font-size:14px;margin:0 0 8px;font-weight:600}
  .source{margin:6px 0 0;color:var(--quiet);overflow-wrap:anywhere}
  .remark{margin:2px 0 14px;color:var(--quiet);font-size:14px}
  .quiet{color:var(--quiet);font-size:14px}
  .facts{list-style:none;display:flex;flex-wrap:wrap;gap:8px;margin:18px 0 0;padding:0}
  .facts li{background:var(--card);border:1px solid var(--line);border-radius:6px;
    padding:3px 11px;font-size:14px}
  .warning,.note{margin:18px 0 0;padding:11px 15px;border-radius:6px;overflow-wrap:anywhere}
  .warning{background:var(--warn);color:var(--warn-ink);border:1px solid var(--warn-line)}
  .note{background:var(--card);border:1px solid var(--line);border-left:4px solid #f0f;
    font-size:14px}
  figure{margin:0}
  figcaption{font-size:14px;color:var(--quiet);margin-top:7px}
  figcaption b{color:var(--ink)}
  .film{width:var(--w);height:var(--h);background-repeat:no-repeat;background-color:#000;
    background-size:calc(var(--w)*var(--count)) var(--h);
    background-position:calc(var(--w)*-1*var(--frame)) 0;border-radius:4px;
    box-shadow:0 0 0 1px var(--line);
    image-rendering:pixelated;print-color-adjust:exact;-webkit-print-color-adjust:exact;
    animation:play var(--seconds) var(--steps) infinite}
  @keyframes play{from{background-position:0 0}
    to{background-position:calc(var(--w)*-1*var(--count)) 0}}
  .scripted .film{animation:none}
  @media (prefers-reduced-motion:reduce){.film{animation:none}html{scroll-behavior:auto}}
  .players{display:grid;grid-template-columns:repeat(auto-fill,minmax(var(--w),1fr));gap:24px}
  .player{width:var(--w)}
  .pile{position:relative}
  .pile .veil{position:absolute;inset:0;opacity:.6;background-color:transparent}
  .shares{list-style:none;display:flex;flex-wrap:wrap;gap:6px 14px;margin:18px 0 12px;padding:0;
    font-size:14px;font-variant-numeric:tabular-nums}
  .shares a{color:inherit;text-decoration:none}
  .shares a:hover{text-decoration:underline}
  .chip{display:inline-block;min-width:24px;padding:0 5px;border-radius:4px;text-align:center;
    font-size:13px;font-weight:600;line-height:20px}
  details{margin-top:8px}
  summary{cursor:pointer;font-size:14px;color:var(--accent)}
  .contact{overflow-x:auto;margin-top:10px}
  .strip{width:calc(var(--w)*var(--count));height:var(--h);margin-bottom:4px;
    background-size:100% 100%;image-rendering:pixelated}
  .slots{display:grid;gap:12px;
    grid-template-columns:repeat(auto-fill,minmax(calc(var(--w)*2 + 22px),1fr))}
  .slot{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:8px;
    scroll-margin:16px}
  .slot:target{border-color:var(--accent);box-shadow:0 0 0 1px var(--accent)}
  .slot h3 span:last-child{color:var(--quiet);font-weight:400;float:right}
  .pair{display:flex;gap:4px}
  .heats{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(545px,100%),1fr));gap:28px 20px}
  .heat{overflow-x:auto}
  .heat figcaption{margin:0 0 6px}
  .matrix{display:flex;gap:7px}
  .rows{width:24px;font-size:11px;line-height:14px;color:var(--quiet);text-align:right;
    font-variant-numeric:tabular-nums}
  .rows span{display:block}
  .cells{position:relative;flex:none}
  .cells img{display:block;image-rendering:pixelated}
  .scripted .frames::after{content:"";position:absolute;left:-2px;right:-2px;height:16px;
    top:calc(var(--frame)*14px - 1px);border:2px solid #222;outline:1px solid #fff}
  .legend{display:flex;align-items:center;gap:8px;margin:7px 0 0 31px;font-size:13px;
    color:var(--quiet);font-variant-numeric:tabular-nums}
  .legend i{width:112px;height:10px;border-radius:2px;
    background:linear-gradient(90deg,#2166ac,#f7f7f7,#b2182b);print-color-adjust:exact}
  .legend output{color:var(--ink);margin-left:8px}
  .wide{overflow-x:auto}
  table{border-collapse:collapse;font-size:14px;margin-top:8px}
  .times{width:100%}
  th,td{text-align:left;padding:5px 18px 5px 0;border-bottom:1px solid var(--line);
    font-weight:400;vertical-align:top}
  td{overflow-wrap:anywhere}
  thead th{color:var(--quiet);font-size:13px}
  .number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
  .bar{width:38%;min-width:96px}
  .bar i{display:block;height:10px;margin-top:6px;min-width:1px;border-radius:2px;
    background:var(--accent)}
  .columns{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(420px,100%),1fr));
    gap:0 40px}
  pre{background:var(--card);border:1px solid var(--line);border-radius:6px;padding:12px 14px;
    white-space:pre-wrap;overflow-wrap:anywhere;font-size:13px;margin:8px 0}
  #controls{position:fixed;left:0;right:0;bottom:0;display:flex;align-items:center;gap:14px;
    padding:9px 24px;background:var(--card);border-top:1px solid var(--line);font-size:14px}
  #controls[hidden]{display:none}
  #controls button{font:inherit;width:76px;padding:4px 0;border-radius:6px;cursor:pointer;
    border:1px solid var(--line);background:var(--paper);color:inherit}
  #controls input{flex:1;min-width:80px;max-width:640px;accent-color:var(--accent)}
  #number{white-space:nowrap;font-variant-numeric:tabular-nums}
  .keys{color:var(--quiet);margin-left:auto}
  kbd{font:inherit;font-size:12px;border:1px solid var(--line);border-radius:4px;padding:0 5px}
  @media (max-width:680px){.keys{display:none}body>header,main{padding-left:16px;
    padding-right:16px}h1{font-size:26px}.players{justify-items:center}}
  @media print{#controls{display:none}.slot,.player,.heat{break-inside:avoid}}
  """

/// Playback in step, by button, slider and keys, and the value under the pointer. All films read
/// `--frame`, so a frame is one assignment.
let reportScript = """
  'use strict';
  (() => {
    const root = document.documentElement;
    const get = (id) => document.getElementById(id);
    const style = getComputedStyle(root);
    const count = Number(style.getPropertyValue('--count'));
    const wait = 1000 * parseFloat(style.getPropertyValue('--seconds')) / count;
    let frame = 0;
    let timer = 0;

    const show = (index) => {
      frame = (index + count) % count;
      root.style.setProperty('--frame', frame);
      get('frame').value = frame;
      get('number').textContent = 'frame ' + frame + ' of ' + (count - 1);
    };
    const play = (on) => {
      clearInterval(timer);
      timer = on && count > 1 ? setInterval(() => show(frame + 1), wait) : 0;
      get('play').textContent = timer ? 'Pause' : 'Play';
    };
    const step = (index) => { play(false); show(index); };

    root.classList.add('scripted');
    get('controls').hidden = count === 1;
    get('play').addEventListener('click', () => play(!timer));
    get('frame').addEventListener('input', (event) => step(Number(event.target.value)));
    document.addEventListener('keydown', (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
      const actions = {
        ' ': () => play(!timer),
        ArrowLeft: () => step(frame - 1),
        ArrowRight: () => step(frame + 1),
        Home: () => step(0),
        End: () => step(count - 1),
      };
      const act = actions[event.key];
      /* A focused button, link or heading of a fold keeps its own use of the space bar. */
      const own = event.key === ' ' && event.target.closest('button, a, summary');
      if (!act || own) return;
      event.preventDefault();
      act();
    });
    for (const cells of document.querySelectorAll('.cells')) {
      const values = cells.dataset.values.split(' ');
      const columns = Number(cells.dataset.columns);
      const output = cells.closest('figure').querySelector('output');
      cells.addEventListener('pointermove', (event) => {
        const box = cells.getBoundingClientRect();
        const rows = values.length / columns;
        const x = Math.floor((event.clientX - box.left) / box.width * columns);
        const y = Math.floor((event.clientY - box.top) / box.height * rows);
        if (x < 0 || y < 0 || x >= columns || y >= rows) return;
        const value = values[y * columns + x];
        output.textContent = cells.dataset.row + ' ' + y + ', channel ' + x + ': ' + value;
      });
      cells.addEventListener('pointerleave', () => { output.textContent = ''; });
    }
    show(0);
    play(!matchMedia('(prefers-reduced-motion: reduce)').matches);
  })();
  """
