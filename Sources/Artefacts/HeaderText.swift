/// The header of a compiled file: all that a C or C++ program needs to call it, and nothing beside.
struct HeaderText {
  private let description: ArtefactDescription
  private let abi: String

  /// - Parameter abi: the text of `smalti_abi.h`, which every header brings along.
  init(_ description: ArtefactDescription, abi: String) {
    self.description = description
    self.abi = abi
  }

  var text: String {
    let (name, guardName) = (description.name, CNames.macro([description.name, "h"]))
    return """
      \(opening)
      #ifndef \(guardName)
      #define \(guardName)

      \(abi)
      #ifdef __cplusplus
      extern "C" {
      #endif

      /* -- What \(name) reads and writes \(rule(22 + name.count)) */

      \(HeaderConstants(description).text)
      /* -- Runs \(rule(5)) */

      \(runs)
      /* -- Machine, weights and threads \(rule(28)) */

      \(others)
      #ifdef __cplusplus
      }
      #endif

      #endif

      """
  }

  private func rule(_ taken: Int) -> String { String(repeating: "-", count: max(3, 91 - taken)) }

  private var opening: String {
    let name = description.name
    let whole = description.entries[description.wholeEntry]
    let signature = whole.signatures[0]
    let levels = description.levels.joined(separator: ", ")
    return """
      /* \(name): \(CNames.comment(description.model)), compiled by Smalti \(description.version) for \(levels).
       * \(weightsSentence)
       *
       * A run, everything in memory of yours:
       *
       *   smalti_buffer inputs[] = {\(Self.example(signature.inputs))};
       *   smalti_buffer outputs[] = {\(Self.example(signature.outputs))};
       *   uint64_t size = \(name)_run_workspace_bytes(1);
       *   smalti_call call = smalti_new_call();
       *   call.inputs = inputs, call.input_count = \(signature.inputs.count);
       *   call.outputs = outputs, call.output_count = \(signature.outputs.count);
       *   call.workspace.pointer = aligned_alloc(SMALTI_ALIGNMENT, size);
       *   call.workspace.byte_count = size;
      \(weightsExample) *   int32_t status = \(name)_run(&call);
       *
       * Written by the compiler; changes here are lost. */
      """
  }

  private static func example(_ tensors: [ArtefactDescription.Tensor]) -> String {
    let shown = tensors.prefix(2).map { "{\(CNames.identifier($0.name)), \($0.bytes)}" }
    return (shown + (tensors.count > 2 ? ["…"] : [])).joined(separator: ", ")
  }

  /// What a call also needs where the file has no weights inside.
  private var weightsExample: String {
    let weights = "call.weights = &weights, call.weight_count = 1;"
    switch description.weights.place {
    case "beside":
      return
        " *   smalti_buffer weights;\n *   \(description.name)_open_weights(path, &weights, NULL, 0);\n"
        + " *   \(weights)\n"
    case "nowhere": return " *   \(weights)  (of \(description.name)_prepare)\n"
    default: return ""
    }
  }

  private var weightsSentence: String {
    let weights = description.weights
    switch weights.place {
    case "inside":
      return
        "Its weights (\(CNames.comment(weights.origin))) are inside the file, \(weights.bytes) bytes."
    case "beside":
      return "Its weights (\(CNames.comment(weights.origin))) are in a file of their own: see "
        + "\(description.name)_open_weights."
    case "nowhere":
      return "It has no weights: \(description.name)_prepare makes them of raw parameters."
    default: return "It has no parameters."
    }
  }
}

// MARK: - Functions
extension HeaderText {
  private var runs: String {
    let name = description.name
    var text = ""
    for entry in description.entries {
      text += """
        /* Runs \(CNames.comment(entry.name)) once; a smalti_status. Checks all that can be checked before it writes a
         * byte; the sentence of an error goes to call->error_text. */
        int32_t \(entry.function)(const smalti_call *call);

        /* Bytes of workspace for `workers` workers (0 counts as 1). */
        uint64_t \(entry.function)_workspace_bytes(uint32_t workers);


        """
    }
    let whole = description.entries[description.wholeEntry]
    text += """
      /* The same as \(whole.function). */
      int32_t \(name)_run(const smalti_call *call);
      uint64_t \(name)_run_workspace_bytes(uint32_t workers);

      """
    return text
  }

  private var others: String {
    let name = description.name
    return """
      /* SMALTI_OK when this machine can run \(name), else SMALTI_NO_FEATURES and a sentence. */
      int32_t \(name)_check(char *error_text, uint64_t error_capacity);

      /* The instruction set that runs here, as "x86-64-v3"; null when there is none. The environment
       * variable SMALTI_LEVEL, read once, can ask for a lesser one. */
      const char *\(name)_level(void);

      /* All of this header for programs that read it when they run. */
      const smalti_model *\(name)_model(void);

      /* One sentence about a status. The sentence of a call names values as well. */
      const char *\(name)_status_text(int32_t status);

      \(weightFunctions)
      /* A pool of threads, the caller being one of them; 0 means as many as this process may use. Null,
       * with errno set, when there are more than 1024 or the system gives no more. After a fork the child
       * has none of its threads: there it must neither be used nor freed. */
      smalti_pool *\(name)_pool_create(uint32_t threads);
      void \(name)_pool_free(smalti_pool *pool);

      /* The pool as the executor of a call; callers in several threads may share it. */
      const smalti_executor *\(name)_pool_executor(const smalti_pool *pool);

      /* How many threads this process can keep busy: its affinity and the quota of its cgroups. */
      uint32_t \(name)_allowed_processors(void);

      """
  }

  private var weightFunctions: String {
    let name = description.name
    var text = """
      /* Maps a file of prepared weights, and checks it: its layout, its size, its checksum. Pass what
       * comes as the call's one weight buffer; close it when no run needs it any more. */
      int32_t \(name)_open_weights(
          const char *path, smalti_buffer *weights, char *error_text, uint64_t error_capacity);
      void \(name)_close_weights(smalti_buffer *weights);

      /* Compares the weights inside the file with their checksum. */
      int32_t \(name)_check_weights(char *error_text, uint64_t error_capacity);

      """
    guard description.prepares else { return text }
    text += """

      /* Raw parameters to prepared weights, once: inputs are those of \(name)_model()->parameters in
       * their order, the one output has \(CNames.macro([name, "prepared_bytes"])) bytes and is what
       * runs take as weights. */
      #define \(CNames.macro([name, "prepared_bytes"])) \(description.weights.bytes)u
      int32_t \(name)_prepare(const smalti_call *call);
      uint64_t \(name)_prepare_workspace_bytes(uint32_t workers);

      """
    return text
  }
}
