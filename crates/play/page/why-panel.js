import { Panel } from './store.js'; customElements.define('why-panel', class extends Panel {});
