import { Construct } from 'constructs';
import type { IConstruct } from 'constructs';
import { holdsToken } from '../config/tokens';
import { ConstructError } from './errors';
import type { GoogleLocation } from './google-location';
import { GoogleResource } from './l1/google-resource';
import { protection } from './removal-policy';
import type { RemovalPolicy } from './removal-policy';
import { claimName, keyRingName, stableId } from './resource-names';
import { serviceAgent } from './service-agents';
import type { GoogleService } from './service-agents';

/** A key in Cloud KMS that encrypts data at rest. */
export interface IEncryptionKey extends IConstruct {
  /** `projects/PROJECT/locations/REGION/keyRings/RING/cryptoKeys/KEY`. */
  readonly keyName: string;

  /**
   * Lets services encrypt and decrypt with the key, through their service agents.
   * @param where project of what is encrypted, whose service agents these are, and its region
   * @returns what has to exist before the services are told to use the key; nothing for a key of others
   * @throws when the key is in another region
   */
  allow(where: GoogleLocation, ...services: GoogleService[]): GoogleResource[];
}

/** Properties of an encryption key. */
export interface EncryptionKeyProps extends GoogleLocation {
  /** What the key ring is named by: lower-case letters, digits and hyphens. It cannot be changed later. */
  readonly name: string;

  /**
   * Name of the key ring, unique in project and region. Key rings are never deleted: to create the same stack again after it
   * was destroyed, give another name here, or import the ring and the key (`key.keyRing.importFrom(…)`).
   * @default - the name
   */
  readonly keyRingName?: string;

  /**
   * What happens to the key when it leaves the stack. Destroyed versions of a key can be restored for 30 days; data
   * encrypted with them is unreadable from the start.
   * @default 'retain'
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** 90 days. */
const ROTATION_SECONDS = 90 * 24 * 3600;

/** A key of its own key ring, rotated every 90 days. Rotation needs nobody: old versions keep decrypting. */
export class EncryptionKey extends Construct implements IEncryptionKey {
  /**
   * A key that stands already, in the region of what it encrypts. Its owner lets the service agents use it, as
   * `roles/cloudkms.cryptoKeyEncrypterDecrypter`: those of Cloud Storage, Vertex AI, BigQuery, Pub/Sub and Workflows.
   *
   * @param keyName `projects/PROJECT/locations/REGION/keyRings/RING/cryptoKeys/KEY`, without a version
   */
  public static fromKeyName(scope: Construct, id: string, keyName: string): IEncryptionKey {
    class Import extends Construct implements IEncryptionKey {
      public readonly keyName = keyName;

      public allow({ region }: GoogleLocation): GoogleResource[] {
        if (!holdsToken(keyName)) checkRegion(this, keyName.split('/')[3], region);
        return [];
      }
    }
    const key = new Import(scope, id);
    if (
      holdsToken(keyName) ||
      /^projects\/[^/]+\/locations\/[^/]+\/keyRings\/[^/]+\/cryptoKeys\/[^/]+$/.test(keyName)
    ) {
      return key;
    }
    throw new ConstructError(
      key,
      `keyName: got "${keyName}", allowed: projects/PROJECT/locations/REGION/keyRings/RING/cryptoKeys/KEY`,
    );
  }

  public readonly keyName: string;

  /** The key ring. */
  public readonly keyRing: GoogleResource<'google_kms_key_ring'>;

  /** The key. */
  public readonly cryptoKey: GoogleResource<'google_kms_crypto_key'>;

  private readonly location: GoogleLocation;

  public constructor(scope: Construct, id: string, props: EncryptionKeyProps) {
    super(scope, id);
    this.location = props;
    const { project, region, removalPolicy } = props;
    const name = props.keyRingName ?? keyRingName(this, props.name);
    claimName(this, 'keyRingName', `${region}/${name}`);
    const meta = protection(removalPolicy);
    this.keyRing = new GoogleResource(
      this,
      'KeyRing',
      'google_kms_key_ring',
      { name, location: region, project },
      meta,
    );
    this.cryptoKey = new GoogleResource(
      this,
      'Key',
      'google_kms_crypto_key',
      { name: 'data', key_ring: this.keyRing.id, purpose: 'ENCRYPT_DECRYPT', rotation_period: `${ROTATION_SECONDS}s` },
      meta,
    );
    this.keyName = this.cryptoKey.id;
  }

  public allow(where: GoogleLocation, ...services: GoogleService[]): GoogleResource[] {
    checkRegion(this, this.location.region, where.region);
    const isHere = where.project === this.location.project;
    return services.map((service) => {
      const id = isHere ? `Allow-${service}` : `Allow-${service}-${stableId(this, where.project)}`;
      const existing = this.node.tryFindChild(id) as GoogleResource | undefined;
      return existing ?? this.createGrant(id, service, isHere ? this.location : where);
    });
  }

  private createGrant(id: string, service: GoogleService, where: GoogleLocation): GoogleResource {
    return new GoogleResource(this, id, 'google_kms_crypto_key_iam_member', {
      crypto_key_id: this.cryptoKey.id,
      role: 'roles/cloudkms.cryptoKeyEncrypterDecrypter',
      member: serviceAgent(this, service, where),
    });
  }
}

/** Services take a key of their own region only. */
function checkRegion(scope: Construct, ofKey: string, region: string): void {
  if (ofKey === region || holdsToken(ofKey) || holdsToken(region)) return;
  throw new ConstructError(scope, `encryptionKey: is in ${ofKey}, but encrypts what is in ${region}; give a key there`);
}
