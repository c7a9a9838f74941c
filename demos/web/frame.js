// What all pages share: the bar at the top, and small helpers.

const pages = [['read', 'Read a picture'], ['digits', 'Digits'], ['voice', 'Voice activity'], ['similar', 'Similar sentences']];

const here = location.pathname.split('/').filter((part) => part && part !== 'index.html').at(-1);
const root = new URL('.', import.meta.url);

const bar = document.createElement('header');
bar.className = 'bar';
bar.innerHTML = `<a class="name" href="${root}">Wedge</a><nav>${pages
  .map(([path, title]) => `<a href="${new URL(`${path}/`, root)}"${path === here ? ' aria-current="page"' : ''}>${title}</a>`)
  .join('')}</nav>`;
document.body.prepend(bar);

export const $ = (selector) => document.querySelector(selector);

export const ms = (time) => (time < 1 ? `${time.toFixed(2)} ms` : time < 10 ? `${time.toFixed(1)} ms` : `${Math.round(time)} ms`);
export const megabytes = (bytes) => `${(bytes / 2 ** 20).toFixed(bytes < 2 ** 20 ? 2 : 1)} MB`;

/** Shows rows of a name and a value in a list of facts. */
export function showFacts(list, facts) {
  list.replaceChildren(...Object.entries(facts).flatMap(([name, value]) => {
    const term = document.createElement('dt');
    const description = document.createElement('dd');
    term.textContent = name;
    description.textContent = value;
    return [term, description];
  }));
}

/** Shows what went wrong where the page has a place for it. */
export function showProblem(error) {
  const place = $('.problem');
  place.textContent = error?.message ?? String(error ?? '');
  place.hidden = !error;
  if (error) console.error(error);
}
