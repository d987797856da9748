import {createHash} from 'node:crypto';
import type {Models} from '@cyclonedx/cyclonedx-library';
import type {DistributionDetails} from '../model.js';
import {spdxLicence} from './licences.js';

export interface SbomFacts {
  readonly package: string;
  /** Debian version. */
  readonly version: string;
  /** First line of the description. */
  readonly synopsis: string;
  readonly distributions: readonly DistributionDetails[];
}

/**
 * Write a bill of materials (CycloneDX 1.6, JSON) of everything that is bundled. It knows neither clock nor chance:
 * its serial number is a digest of its content.
 */
export async function formatSbom(facts: SbomFacts): Promise<string> {
  // Loading the library takes longer than most commands: only who wants it waits for it.
  const {Enums, Models: models, Serialize, Spec} = await import('@cyclonedx/cyclonedx-library');
  const bom = new models.Bom();
  const components = new Map(
    facts.distributions.map((one) => [one.normalizedName, componentOf(one, {Enums, models})]),
  );
  for (const one of facts.distributions) {
    const component = components.get(one.normalizedName);
    if (!component) continue;
    bom.components.add(component);
    for (const name of one.requires) {
      const needed = components.get(name);
      if (needed) component.dependencies.add(needed.bomRef);
    }
  }
  const whole = new models.Component(Enums.ComponentType.Application, facts.package, {
    // Without a reference of ours the library makes one up by chance.
    bomRef: `deb:${facts.package}`,
    version: facts.version,
    description: facts.synopsis,
  });
  const project = facts.distributions.filter(({isProject}) => isProject);
  for (const {normalizedName} of project.length > 0 ? project : facts.distributions) {
    const component = components.get(normalizedName);
    if (component) whole.dependencies.add(component.bomRef);
  }
  bom.metadata.component = whole;
  const factory = new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6);
  const serializer = new Serialize.JsonSerializer(factory);
  const write = () => `${serializer.serialize(bom, {sortLists: true, space: 2})}\n`;
  bom.serialNumber = serialNumber(write());
  return write();
}

type Library = {
  readonly Enums: typeof import('@cyclonedx/cyclonedx-library').Enums;
  readonly models: typeof Models;
};

function componentOf(one: DistributionDetails, {Enums, models}: Library): Models.Component {
  const {name, normalizedName, version, summary, archive, homepage, license} = one;
  const component = new models.Component(Enums.ComponentType.Library, name, {
    bomRef: `${normalizedName}@${version}`,
    version,
    ...(summary === undefined ? {} : {description: summary}),
    // What was built of a folder is on no index, and must not be mistaken for what is there by its name.
    ...(archive ? {purl: `pkg:pypi/${normalizedName}@${encodeURIComponent(version)}`} : {}),
  });
  if (archive) component.hashes.set(Enums.HashAlgorithm['SHA-256'], archive.sha256);
  if (homepage !== undefined && /^https?:\/\/\S+$/.test(homepage)) {
    component.externalReferences.add(
      new models.ExternalReference(homepage, Enums.ExternalReferenceType.Website),
    );
  }
  const spdx = spdxLicence(one);
  const named = license?.split('\n')[0]?.trim();
  if (spdx !== undefined) component.licenses.add(new models.LicenseExpression(spdx));
  else if (named) component.licenses.add(new models.NamedLicense(named));
  return component;
}

/** RFC 9562, version 8: bits of our own choice. */
function serialNumber(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20, 32),
  ];
  return `urn:uuid:${parts.join('-')}`;
}
