// The index of what the pages do by themselves. Everything works without it too, as full pages.
import "./add-address.js";
import "./announcements.js";
import "./busy.js";
import "./copy-buttons.js";
import "./dialogs.js";
import "./failures.js";
import "./htmx.js";
import "./new-key.js";
import "./scopes.js";
import "./reopen.js";
import "./show-once.js";
import "./usage-chart.js";
import "./watch.js";
