import { Construct } from 'constructs';
import { GoogleResource } from './l1/google-resource';
import { stableId } from './resource-names';
import { terraformText } from './terraform-text';

/** Properties of notifications. */
export interface NotificationsProps {
  /** Project of the channels. */
  readonly project: string;

  /**
   * What the channels are for, for example the name of the model; part of what they are called in the console.
   */
  readonly title: string;

  /**
   * E-mail addresses that are told. Google asks for no confirmation.
   * @default - none
   */
  readonly emailAddresses?: readonly string[];

  /**
   * Names of channels that stand already (`projects/PROJECT/notificationChannels/ID`): chat, pagers, webhooks, topics.
   * @default - none
   */
  readonly channels?: readonly string[];
}

/** Tells people what happened: the channels that alert policies notify. */
export class Notifications extends Construct {
  /** Names of all channels, given ones first. */
  public readonly channels: string[];

  /** The channels that were made, in the order of the addresses. */
  public readonly emailChannels: Array<GoogleResource<'google_monitoring_notification_channel'>>;

  public constructor(scope: Construct, id: string, props: NotificationsProps) {
    super(scope, id);
    const addresses = [...new Set(props.emailAddresses ?? [])];
    this.emailChannels = addresses.map((address) => this.createChannel(address, props));
    this.channels = [...(props.channels ?? []), ...this.emailChannels.map((channel) => channel.attribute('name'))];
  }

  private createChannel(address: string, { project, title }: NotificationsProps) {
    const labels = { email_address: terraformText(address) };
    return new GoogleResource(
      this,
      stableId(this, address),
      'google_monitoring_notification_channel',
      { project, type: 'email', display_name: terraformText(`${title}: ${address}`), labels },
      // Policies let go of a channel before it goes: one in use cannot be deleted.
      { lifecycle: { createBeforeDestroy: true } },
    );
  }
}
