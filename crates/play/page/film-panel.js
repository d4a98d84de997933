import { Panel } from './store.js'; customElements.define('film-panel', class extends Panel {});
