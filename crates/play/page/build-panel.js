import { Panel } from './store.js'; customElements.define('build-panel', class extends Panel {});
