// A name for a device that people can say aloud and find on a projector. Follows from its id: every page gives the same.

const COLOURS = (
  'Amber Azure Beige Black Blue Bronze Brown Coral Cream Crimson Cyan Emerald Gold Green Grey Indigo ' +
  'Ivory Jade Lemon Lilac Lime Mauve Mint Navy Ochre Olive Orange Pearl Pink Plum Purple Red Rose Ruby ' +
  'Rust Sand Scarlet Silver Snow Teal Violet White Wine Yellow'
).split(' ');

const FISH = (
  'Barbel Bass Bream Brill Carp Catfish Char Chub Cod Dace Dory Eel Flounder Goby Grouper Gurnard ' +
  'Haddock Hake Halibut Herring Ide Koi Ling Loach Mackerel Mullet Perch Pike Plaice Pollock Roach Rudd ' +
  'Salmon Sardine Shad Smelt Sole Sprat Sturgeon Tench Trout Tuna Turbot Whiting Wrasse Zander'
).split(' ');

const NUM_NUMBERS = 90;

/** E.g. "Coral Perch 37": one of 182,160, so that among thirty devices two share a name in one class of 400. */
export function deviceName(deviceId: string): string {
  let hash = hashOf(deviceId);
  const take = (count: number): number => {
    const value = hash % count;
    hash = Math.floor(hash / count);
    return value;
  };
  return `${COLOURS[take(COLOURS.length)]!} ${FISH[take(FISH.length)]!} ${10 + take(NUM_NUMBERS)}`;
}

/** FNV-1a, 32 bits, with a final mix. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
