// Access points on a floor plan, or on a stretch of the map. Everything it shows stands in the table as well.
addEventListener("DOMContentLoaded", () => {
  const element = document.querySelector("#heat-map");
  if (!element || !window.L) return;
  const { picture, width, height, zoomIn, zoomOut } = element.dataset;
  const points = JSON.parse(element.dataset.points);
  const isMovable = "movable" in element.dataset;

  // a picture is measured from its upper left corner, in pixels; a map in degrees
  const at = (x, y) => (picture ? [-y, x] : [y, x]);
  const back = (place) => (picture ? [place.lng, -place.lat] : [place.lng, place.lat]);
  const map = L.map(element, {
    crs: picture ? L.CRS.Simple : L.CRS.EPSG3857,
    minZoom: picture ? -4 : 1,
    maxZoom: picture ? 3 : 20,
    zoomSnap: 0.25,
    zoomControl: false,
    attributionControl: false,
    fadeAnimation: false,
    zoomAnimation: false,
  });
  L.control.zoom({ zoomInTitle: zoomIn, zoomOutTitle: zoomOut }).addTo(map);
  if (picture) {
    const bounds = L.latLngBounds(at(0, +height), at(+width, 0));
    L.imageOverlay(picture, bounds, { alt: "" }).addTo(map);
    map.fitBounds(bounds);
  } else {
    L.control.scale().addTo(map);
    if (points.length) map.fitBounds(L.latLngBounds(points.map(({ x, y }) => at(x, y))).pad(0.5), { maxZoom: 18 });
    else map.setView([0, 0], 1);
  }

  const most = Math.max(1, ...points.map(({ weight }) => weight));
  const reach = Math.min(50, Math.max(16, element.clientWidth / 20));
  const warm = points.filter(({ weight }) => weight > 0);
  L.heatLayer(
    warm.map(({ x, y, weight }) => [...at(x, y), weight]),
    { radius: reach, blur: reach / 1.5, max: most, maxZoom: map.getMinZoom(), minOpacity: 0.15 },
  ).addTo(map);

  for (const { name, x, y, weight, last, form } of points) {
    const label = document.createElement("span");
    label.textContent = `${name} (${weight})`;
    const icon = L.divIcon({ className: last ? "point point-last" : "point", html: label, iconSize: null });
    const marker = L.marker(at(x, y), { icon, draggable: isMovable, keyboard: false }).addTo(map);
    marker.on("dragend", () => {
      const fields = document.getElementById(form).elements;
      [fields.x.value, fields.y.value] = back(marker.getLatLng()).map((number) => number.toFixed(picture ? 1 : 6));
      document.getElementById(form).requestSubmit();
    });
  }
});
