// The gateway's own document, beside this page wherever the edge has put it.
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#documents",
  deepLinking: true,
  presets: [SwaggerUIBundle.presets.apis],
  validatorUrl: null, // nobody else is told
});
