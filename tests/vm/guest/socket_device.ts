// Taking out the socket device and putting it in again, under the names that the scenarios know.

export { plug, unplug } from "../../../image/socket_device.ts";
