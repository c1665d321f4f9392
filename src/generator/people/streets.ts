/** Streets for customers' addresses: common names and the numbered grid of Western Washington. Addresses are invented. */

export const streetNames: readonly string[] = `
Alder Cedar Maple Pine Spruce Hemlock Madrona Dogwood Cherry Walnut Birch Willow Laurel Juniper Hawthorn Larch Chestnut
Sycamore Poplar Vine Fern Huckleberry Salmonberry Camas Trillium Rhododendron Heather Lupine Rainier Olympic Cascade
Baker Adams Pilchuck Tahoma Sahale Skagit Snoqualmie Skykomish Nisqually Puyallup Yakima Columbia Wenatchee Methow Palouse
Chelan Entiat Quinault Hoh Elwha Dungeness Orcas Lopez Shaw Whidbey Camano Vashon Fidalgo Deception Admiralty Discovery
Harbor Bayview Lakeview Ridgeview Hillcrest Valley Meadow Orchard Prairie Summit Sunset Park Church School Mill Bridge
Ferry Depot Railroad Front Water Union Pioneer Homestead Lincoln Jefferson Madison Monroe Jackson Harrison Garfield
McKinley Wilson Stevens Denny Mercer Boren Yesler Terry Maynard Blaine Thurston Marion Spring Seneca University Fremont
Linden Dayton Evanston Greenwood Phinney Wallingford Sunnyside Eastlake Fairview Boylston Belmont Melrose Bellevue
Harvard Broadway
`
  .trim()
  .split(/\s+/);

export const streetTypes: readonly string[] = ['Ave', 'St', 'Rd', 'Dr', 'Ln', 'Ct', 'Pl', 'Way', 'Blvd', 'Ter'];
/** How often each of the types above occurs. */
export const streetTypeWeights: readonly number[] = [28, 24, 10, 12, 7, 6, 5, 4, 2, 2];

/** The quadrants of the grid; '' is a street without one. */
export const quadrants: readonly string[] = ['NE', 'NW', 'SE', 'SW', 'N', 'S', 'E', 'W', ''];
export const quadrantWeights: readonly number[] = [24, 12, 14, 14, 8, 10, 6, 4, 8];
