import type { AnnotationType } from "../../model/annotation.ts"

/** One annotation class of the demo dataset. */
export interface DemoClass {
  readonly name: string
  /** The main type. */
  readonly type: AnnotationType
  /** The sub-annotations its annotations may carry. */
  readonly sub_types: readonly string[]
  /** `rgba(r,g,b,1.0)`, r, g and b 0 to 255. */
  readonly color: string
  /** The names of its attributes. */
  readonly attributes?: readonly string[]
  /** Nodes with their places in a unit square, edges by node name. */
  readonly skeleton?: {
    nodes: { name: string; x: number; y: number }[]
    edges: { from: string; to: string }[]
  }
}

/** All classes the demo's annotations use, but for the system class `__raster_layer__`. */
export const demoClasses: readonly DemoClass[] = [
  {
    name: "car",
    type: "bounding_box",
    sub_types: ["attributes", "instance_id", "directional_vector"],
    color: "rgba(219,32,72,1.0)",
    attributes: ["moving", "parked", "lights on"],
  },
  {
    name: "truck",
    type: "bounding_box",
    sub_types: ["attributes", "instance_id", "directional_vector", "text"],
    color: "rgba(245,142,38,1.0)",
    attributes: ["moving", "parked"],
  },
  {
    name: "person",
    type: "bounding_box",
    sub_types: ["attributes", "instance_id"],
    color: "rgba(0,160,175,1.0)",
    attributes: ["walking", "standing"],
  },
  {
    name: "pose",
    type: "skeleton",
    sub_types: ["instance_id"],
    color: "rgba(120,80,220,1.0)",
    skeleton: {
      nodes: [
        { name: "head", x: 0.5, y: 0.1 },
        { name: "neck", x: 0.5, y: 0.28 },
        { name: "left hand", x: 0.2, y: 0.55 },
        { name: "right hand", x: 0.8, y: 0.55 },
        { name: "hip", x: 0.5, y: 0.6 },
        { name: "left foot", x: 0.35, y: 0.95 },
        { name: "right foot", x: 0.65, y: 0.95 },
      ],
      edges: [
        { from: "head", to: "neck" },
        { from: "neck", to: "left hand" },
        { from: "neck", to: "right hand" },
        { from: "neck", to: "hip" },
        { from: "hip", to: "left foot" },
        { from: "hip", to: "right foot" },
      ],
    },
  },
  { name: "building", type: "polygon", sub_types: ["instance_id"], color: "rgba(150,96,60,1.0)" },
  { name: "crosswalk", type: "polygon", sub_types: [], color: "rgba(230,230,225,1.0)" },
  { name: "give way sign", type: "polygon", sub_types: [], color: "rgba(255,70,120,1.0)" },
  { name: "stop sign", type: "polygon", sub_types: [], color: "rgba(180,10,30,1.0)" },
  { name: "speed limit sign", type: "ellipse", sub_types: ["text"], color: "rgba(255,0,0,1.0)" },
  { name: "manhole", type: "ellipse", sub_types: [], color: "rgba(90,90,100,1.0)" },
  { name: "lane line", type: "line", sub_types: [], color: "rgba(241,200,67,1.0)" },
  {
    name: "signal",
    type: "keypoint",
    sub_types: ["attributes"],
    color: "rgba(44,227,106,1.0)",
    attributes: ["red", "green"],
  },
  { name: "road", type: "mask", sub_types: [], color: "rgba(88,92,120,1.0)" },
  { name: "puddle", type: "mask", sub_types: [], color: "rgba(70,150,230,1.0)" },
  { name: "tree", type: "mask", sub_types: [], color: "rgba(60,160,70,1.0)" },
  { name: "day", type: "tag", sub_types: [], color: "rgba(255,214,90,1.0)" },
  { name: "night", type: "tag", sub_types: [], color: "rgba(40,50,120,1.0)" },
  { name: "rain", type: "tag", sub_types: [], color: "rgba(110,170,220,1.0)" },
  { name: "pedestrian crossing", type: "tag", sub_types: [], color: "rgba(200,120,220,1.0)" },
]
