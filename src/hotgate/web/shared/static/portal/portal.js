// A ticket's QR code leads here with the code behind "#", which no server sees.
const code = document.querySelector("[data-code]");
const scanned = decodeURIComponent(location.hash.slice(1));
if (code && !code.value && /^[\w-]{4,64}$/.test(scanned)) code.value = scanned;
