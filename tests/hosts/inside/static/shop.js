// What the project has set of its own htmx.
htmx.config.historyCacheSize = 7;
htmx.config.includeIndicatorStyles = false;
