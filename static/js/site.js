// What the site's pages do besides those of the keys.
import "../oncekeys/js/oncekeys.js";
import "./menus.js";
import "./time-zone.js";
