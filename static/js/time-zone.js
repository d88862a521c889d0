// Tells the server in which zone to write times.
const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
const year = 365 * 24 * 60 * 60;
const secure = location.protocol === "https:" ? "; Secure" : "";

if (timeZone) document.cookie = `timezone=${timeZone}; Path=/; Max-Age=${year}; SameSite=Lax${secure}`;
