// For pages that do nothing but offer texts to copy.
import "./copy-buttons.js";
