// The options of the sprites as text, `key=value`, for commands and pages.

extension SpriteOptions {
  /// Every option, in the order of the specification.
  public static let settings: [GeneratorSetting<SpriteOptions>] = [
    GeneratorSetting("frames", \.frames, "frames of a clip"),
    GeneratorSetting("size", \.size, "side of a frame, in pixels"),
    GeneratorSetting("supersampling", \.supersampling, "samples along each side of a pixel"),
    GeneratorSetting("objects", \.objects, "how many objects a clip has"),
    GeneratorSetting("world_half_width", \.worldHalfWidth, "half the side of the world"),
    GeneratorSetting("hues", \.hues, "how many hues objects have, evenly spaced"),
    GeneratorSetting("saturation", \.saturation, "saturation of an object's colour"),
    GeneratorSetting("value", \.value, "value of an object's colour"),
    GeneratorSetting("radius", \.radius, "radius of an object, in world units"),
    GeneratorSetting(
      "static_fraction", \.staticFraction, "probability that an object stands still"),
    GeneratorSetting("speed", \.speed, "largest velocity along an axis, in world units per frame"),
    GeneratorSetting("edge_light", \.edgeLight, "light at an object's edge; 1 at its centre"),
    GeneratorSetting("view_half_width", \.viewHalfWidth, "half the side of the view at zoom 1"),
    GeneratorSetting("camera_radius", \.cameraRadius, "radius of the camera's path"),
    GeneratorSetting("camera_rate", \.cameraRate, "radians per frame along the camera's path"),
    GeneratorSetting("zoom_amplitude", \.zoomAmplitude, "how far the zoom swings about 1"),
    GeneratorSetting("zoom_rate", \.zoomRate, "radians per frame of the zoom's swing"),
    GeneratorSetting("background_value", \.backgroundValue, "value of the background's colours"),
    GeneratorSetting(
      "background_saturation", \.backgroundSaturation, "saturation of the background's colours"),
    GeneratorSetting(
      "checker_cell", \.checkerCell, "side of a cell of the checker, in world units"),
    GeneratorSetting("checker_contrast", \.checkerContrast, "what a cell adds or takes away"),
  ]
}
