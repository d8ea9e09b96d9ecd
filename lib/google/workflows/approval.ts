import type { Subworkflow } from './workflow';

/** The version that the job registered: the pipeline labels it with the job's id. */
export function findVersion(): Subworkflow {
  const wanted = '"one version of the model with the label execution=" + settings.job';
  return {
    params: ['settings'],
    steps: [
      {
        begin: {
          assign: [
            { none: [] },
            { found: [] },
            { quote: '"' },
            { query: { filter: '${"labels.execution=" + quote + settings.job + quote}', pageSize: 100 } },
          ],
        },
      },
      {
        list: { call: 'get', args: { url: '${settings.model + ":listVersions"}', query: '${query}' }, result: 'page' },
      },
      {
        collect: {
          for: {
            value: 'version',
            in: '${default(map.get(page, "models"), none)}',
            steps: [{ keep: { assign: [{ found: '${list.concat(found, version)}' }] } }],
          },
        },
      },
      { more: { switch: [{ condition: '${default(map.get(page, "nextPageToken"), "") == ""}', next: 'judge' }] } },
      { turn: { assign: [{ 'query.pageToken': '${page.nextPageToken}' }], next: 'list' } },
      {
        judge: {
          switch: [
            {
              condition: '${len(found) != 1}',
              raise: `\${"the job succeeded, but there must be " + ${wanted} + ", got " + string(len(found))}`,
            },
          ],
        },
      },
      { answer: { return: '${found[0]}' } },
    ],
  };
}

/** Approves a version: the alias moves to it from the version approved before. */
export function approve(): Subworkflow {
  return {
    params: ['settings', 'version'],
    steps: [
      { read: { assign: [{ none: [] }, { aliases: '${default(map.get(version, "versionAliases"), none)}' }] } },
      { done: { switch: [{ condition: '${"approved" in aliases}', return: '${version.versionId}' }] } },
      {
        approve: {
          call: 'post',
          args: {
            url: '${settings.model + "@" + version.versionId + ":mergeVersionAliases"}',
            body: { versionAliases: ['approved'] },
          },
        },
      },
      { answer: { return: '${version.versionId}' } },
    ],
  };
}
