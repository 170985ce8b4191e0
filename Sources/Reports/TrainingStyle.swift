/// What the page of a run adds to the look of a report.
let trainingStyle = """
  html{scroll-padding-top:56px}
  #live{position:sticky;top:0;z-index:2;display:flex;flex-wrap:wrap;align-items:center;
    justify-content:center;gap:4px 12px;min-height:46px;padding:6px 24px;background:var(--card);
    border-bottom:1px solid var(--line);font-size:14px}
  #live i{flex:none;width:9px;height:9px;border-radius:50%;background:#1a9850;
    animation:breathe 2s ease-in-out infinite}
  #live.paused i{background:var(--quiet);animation:none}
  @keyframes breathe{50%{opacity:.3}}
  @media (prefers-reduced-motion:reduce){#live i{animation:none}}
  #live button{font:inherit;min-width:140px;padding:4px 12px;border-radius:6px;cursor:pointer;
    border:1px solid var(--line);background:var(--paper);color:inherit}
  nav{display:flex;flex-wrap:wrap;gap:4px 20px;margin-top:16px;font-size:14px}
  nav a{color:var(--accent);text-decoration:none}
  nav a:hover{text-decoration:underline}
  .charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(440px,100%),1fr));gap:16px;
    margin-top:14px}
  .charts .chart{display:flex;flex-direction:column;margin:0;max-width:none;min-width:0;
    padding:12px 14px 8px;background:var(--card);border:1px solid var(--line);border-radius:8px}
  .charts .chart figcaption{margin:0}
  .charts .wide{margin-top:auto}
  .charts .plot{min-width:400px;max-width:720px;margin-left:auto;margin-right:auto}
  .players{gap:20px}
  @media print{#live,nav{display:none}.charts{grid-template-columns:1fr}
    .charts .plot{min-width:0;max-width:560px}}
  """

/// Redrawing while the run goes on, which changes nothing but what the run has changed: where the
/// reader is, the frame that is shown, and what is unfolded stay. It waits while a pointer is held
/// down, and as long as the reader wants. The frame is read and set through its controls, as by hand.
let trainingScript = """
  'use strict';
  (() => {
    const get = (id) => document.getElementById(id);
    const live = get('live');
    const folds = [...document.querySelectorAll('details')];
    const key = 'smalti ' + location.pathname;
    /* Where storing is forbidden, the page still redraws, but from its start. */
    const load = () => {
      try { return JSON.parse(sessionStorage.getItem(key)) || {}; } catch { return {}; }
    };
    const save = () => {
      try { sessionStorage.setItem(key, JSON.stringify(state)); } catch {}
    };
    const state = load();

    const place = () => ({
      top: scrollY,
      frame: get('frame') && get('frame').value,
      plays: get('play') && get('play').textContent === 'Pause',
      folds: folds.map((fold) => fold.open),
      focus: document.activeElement && document.activeElement.id,
    });
    const restore = (place) => {
      folds.forEach((fold, index) => { fold.open = place.folds[index] === true; });
      if (get('frame') && place.frame !== null) {
        get('frame').value = place.frame;
        get('frame').dispatchEvent(new Event('input'));
        if (place.plays) get('play').click();
      }
      const focused = place.focus && get(place.focus);
      if (focused) focused.focus({preventScroll: true});
      scrollTo({top: place.top, behavior: 'instant'});
    };
    const showState = () => {
      live.classList.toggle('paused', state.isPaused === true);
      get('state').textContent = state.isPaused
        ? 'Training goes on; this page waits.'
        : 'Training goes on; redrawn every ' + live.dataset.seconds + ' s.';
      get('redraw').textContent = state.isPaused ? 'Redraw again' : 'Pause redrawing';
      get('redraw').hidden = false;
    };

    if (live) {
      showState();
      get('redraw').addEventListener('click', () => {
        state.isPaused = !state.isPaused;
        save();
        showState();
      });
    }
    /* Used once: a page opened anew begins at its start. */
    if (state.place) {
      const last = state.place;
      delete state.place;
      save();
      restore(last);
    }
    if (!live) return;

    const held = new Set();
    let released = 0;
    const release = (event) => { if (held.delete(event.pointerId)) released = performance.now(); };
    addEventListener('pointerdown', (event) => held.add(event.pointerId), true);
    addEventListener('pointerup', release, true);
    addEventListener('pointercancel', release, true);
    /* A release over a menu or another window is not told. */
    addEventListener('pointermove', (event) => { if (!event.buttons) release(event); }, true);
    setInterval(() => {
      const now = performance.now();
      if (now < 1000 * live.dataset.seconds || state.isPaused || document.hidden) return;
      /* What was pressed gets its click first. */
      if (held.size > 0 || now - released < 500) return;
      state.place = place();
      save();
      location.reload();
    }, 250);
  })();
  """
