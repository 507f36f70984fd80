import type { Color } from "./canvas.ts"

/** The light of a scene. */
export type Light = "day" | "night"

/** Colours by what they are used for. Those under a class' name occur nowhere else in a picture. */
export interface Palette {
  readonly skyTop: Color
  readonly skyBottom: Color
  readonly cloud: Color
  readonly sun: Color
  readonly rain: Color
  readonly hills: Color
  readonly glass: readonly Color[]
  readonly door: Color
  readonly pavement: Color
  readonly joint: Color
  readonly kerb: Color
  readonly pole: Color
  readonly signalBox: Color
  readonly building: readonly Color[]
  readonly tree: { readonly trunk: Color; readonly crown: readonly Color[] }
  readonly road: Color
  readonly puddle: Color
  readonly laneLine: Color
  readonly crosswalk: Color
  readonly manhole: { readonly rim: Color; readonly cover: Color }
  readonly car: {
    readonly bodies: readonly Color[]
    readonly window: Color
    readonly tyre: Color
    readonly hub: Color
    readonly headlight: Color
    readonly taillight: Color
  }
  readonly truck: {
    readonly cargos: readonly Color[]
    readonly cab: Color
    readonly window: Color
    readonly tyre: Color
    readonly number: Color
  }
  readonly person: {
    readonly skins: readonly Color[]
    readonly coats: readonly Color[]
    readonly trousers: readonly Color[]
  }
  readonly giveWay: { readonly border: Color; readonly face: Color }
  readonly stop: { readonly face: Color; readonly bar: Color }
  readonly speedLimit: { readonly border: Color; readonly face: Color; readonly number: Color }
  readonly signal: { readonly red: Color; readonly green: Color }
}

const day: Palette = {
  skyTop: 0x5b9bd5,
  skyBottom: 0xd6e9f8,
  cloud: 0xf4f8fc,
  sun: 0xffe27a,
  rain: 0x8796a6,
  hills: 0x9db8a5,
  glass: [0x44617d, 0x54738f, 0x3a5269],
  door: 0x5a3d2b,
  pavement: 0xc9c2b6,
  joint: 0xb9b1a4,
  kerb: 0xe3dfd7,
  pole: 0x70757a,
  signalBox: 0x26292c,
  building: [
    0xb5563f, 0xd8b384, 0x8c9aa8, 0xc98a5b, 0xa3b18a, 0xe0cfa9, 0x9a6b73, 0x7d8fb0, 0xcf7f6d, 0xb8a9c0,
  ],
  tree: { trunk: 0x6b4a2f, crown: [0x3f7d3a, 0x549a4b, 0x2f6a35] },
  road: 0x585c61,
  puddle: 0x7f97ab,
  laneLine: 0xf1c843,
  crosswalk: 0xf2f2ee,
  manhole: { rim: 0x33363a, cover: 0x43474c },
  car: {
    bodies: [0xc62f3a, 0x2b62b8, 0xe8b62c, 0x2f8f82, 0xdadfe3, 0x7a3f9a],
    window: 0x1f2f3f,
    tyre: 0x17181a,
    hub: 0xb4b8bd,
    headlight: 0xfff4c2,
    taillight: 0xff4a3d,
  },
  truck: {
    cargos: [0xf08a3c, 0x4f86c6, 0x6aa84f, 0xeae6dc],
    cab: 0x2a4d69,
    window: 0xaed4ee,
    tyre: 0x202225,
    number: 0x111417,
  },
  person: {
    skins: [0xf0c8a0, 0xc68e5f, 0x8a5a3a, 0xe4b088],
    coats: [0xd1495b, 0x00798c, 0xedae49, 0x5c4b99, 0x3c6e71],
    trousers: [0x2d3142, 0x4f5d75, 0x6d4c3d],
  },
  giveWay: { border: 0xd0202b, face: 0xfdfdfa },
  stop: { face: 0xb81422, bar: 0xfaf7f5 },
  speedLimit: { border: 0xdf2a2a, face: 0xfffefb, number: 0x1b1c1e },
  signal: { red: 0xff2a1c, green: 0x2ce36a },
}

/** What is reflected light is darker and bluer at night. */
function dim(color: Color): Color {
  const red = Math.round((color >> 16) * 0.45)
  const green = Math.round(((color >> 8) & 0xff) * 0.48)
  const blue = Math.round((color & 0xff) * 0.55) + 16
  return (red << 16) | (green << 8) | blue
}

function dimAll<T>(colors: T): T {
  if (typeof colors === "number") return dim(colors) as T
  if (Array.isArray(colors)) return colors.map(dimAll) as T
  return Object.fromEntries(Object.entries(colors as object).map(([key, value]) => [key, dimAll(value)])) as T
}

const dimmed = dimAll(day)

const night: Palette = {
  ...dimmed,
  skyTop: 0x0b1330,
  skyBottom: 0x2d3a63,
  cloud: 0x27335a,
  sun: 0xf3f0dc,
  hills: 0x1a2440,
  glass: [0xf7d98b, 0xffc861, 0x222c3f],
  car: { ...dimmed.car, headlight: day.car.headlight, taillight: day.car.taillight },
  signal: day.signal,
}

/** The colours of a scene in a light. */
export const palettes: Readonly<Record<Light, Palette>> = { day, night }
