/** A MongoDB-style targeting condition, as GrowthBook writes them. */
export type Condition = {[key: string]: unknown};
/** What is known about a unit, for targeting. Never leaves the device. */
export type Attributes = {[key: string]: unknown};
