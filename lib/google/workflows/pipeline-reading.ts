import type { Condition, Subworkflow, Value } from './workflow';

/**
 * Largest pipeline specification that the workflow can start, in bytes. An execution has 512 KB for its variables, a map takes
 * about a third more there than as JSON, and the request needs three copies.
 */
export const MAX_PIPELINE_BYTES = 100 * 1024;

/** The pipeline's specification from Cloud Storage. Its size comes first: who exceeds the memory fails without a reason. */
export function readPipeline(): Subworkflow {
  const object = 'text.replace_all(text.url_encode(settings.object), "/", "%2F")';
  const read = (query: Value) => ({ call: 'get', args: { url: '${url}', query } });
  return {
    params: ['settings'],
    steps: [
      {
        address: {
          assign: [
            { url: `\${settings.storage + "/storage/v1/b/" + settings.bucket + "/o/" + ${object}}` },
            { where: '${"gs://" + settings.bucket + "/" + settings.object}' },
          ],
        },
      },
      {
        read: {
          try: {
            steps: [
              { look: { ...read({ fields: 'size' }), result: 'object' } },
              { measure: { switch: [tooLarge()] } },
              { read_content: { ...read({ alt: 'media' }), result: 'pipeline' } },
              { decode: { switch: [undecoded()] } },
              { check: { switch: [noPipeline()] } },
            ],
          },
          except: {
            as: 'error',
            steps: [
              { explain: { call: 'reason_of', args: { error: '${error}' }, result: 'reason' } },
              { fail: { raise: '${"the pipeline " + where + " cannot be used: " + reason}' } },
            ],
          },
        },
      },
      { answer: { return: '${pipeline}' } },
    ],
  };
}

function tooLarge(): Condition {
  const limit = MAX_PIPELINE_BYTES;
  return {
    condition: `\${int(object.size) > ${limit}}`,
    raise: `\${"it has " + object.size + " bytes, and a workflow has memory for ${limit}"}`,
  };
}

/** Only an object of the content type application/json arrives as a map. */
function undecoded(): Condition {
  return {
    condition: '${get_type(pipeline) != "map"}',
    steps: [{ decode_json: { assign: [{ pipeline: '${json.decode(pipeline)}' }] } }],
  };
}

function noPipeline(): Condition {
  return {
    condition: '${not("root" in keys(pipeline) and "pipelineInfo" in keys(pipeline))}',
    raise: 'it is no pipeline specification: it needs root and pipelineInfo',
  };
}
