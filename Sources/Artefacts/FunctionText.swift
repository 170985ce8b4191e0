/// The functions of a compiled file: each hands its call to the runtime, with the file's own tables.
extension TableText {
  func functions() -> String {
    let name = description.name
    var texts = description.entries.enumerated().map { index, entry in
      """
      int32_t \(entry.function)(const smalti_call *call) {
        return smalti_artefact_run(&artefact, \(index), call);
      }
      uint64_t \(entry.function)_workspace_bytes(uint32_t workers) {
        return smalti_artefact_workspace_bytes(&artefact, \(index), workers);
      }

      """
    }
    let whole = description.entries[description.wholeEntry].function
    texts.append(
      """
      int32_t \(name)_run(const smalti_call *call) { return \(whole)(call); }
      uint64_t \(name)_run_workspace_bytes(uint32_t workers) {
        return \(whole)_workspace_bytes(workers);
      }
      const smalti_model *\(name)_model(void) { return &model; }
      int32_t \(name)_check(char *error_text, uint64_t error_capacity) {
        return smalti_artefact_check(&artefact, error_text, error_capacity);
      }
      const char *\(name)_level(void) { return smalti_artefact_level(&artefact); }
      int32_t \(name)_open_weights(
          const char *path, smalti_buffer *weights, char *error_text, uint64_t error_capacity) {
        return smalti_artefact_open_weights(
            &artefact, path, weights, error_text, error_capacity);
      }
      void \(name)_close_weights(smalti_buffer *weights) {
        smalti_artefact_close_weights(weights);
      }
      int32_t \(name)_check_weights(char *error_text, uint64_t error_capacity) {
        return smalti_artefact_check_weights(&artefact, error_text, error_capacity);
      }
      smalti_pool *\(name)_pool_create(uint32_t threads) { return smalti_pool_create(threads); }
      void \(name)_pool_free(smalti_pool *pool) { smalti_pool_free(pool); }
      const smalti_executor *\(name)_pool_executor(const smalti_pool *pool) {
        return smalti_pool_executor(pool);
      }
      uint32_t \(name)_allowed_processors(void) { return smalti_allowed_processors(); }
      const char *\(name)_status_text(int32_t status) { return smalti_status_text(status); }
      const smalti_model *smalti_this_model(void) { return &model; }

      """)
    if description.prepares {
      texts.append(
        """
        int32_t \(name)_prepare(const smalti_call *call) {
          return smalti_artefact_prepare(&artefact, call);
        }
        uint64_t \(name)_prepare_workspace_bytes(uint32_t workers) {
          return smalti_artefact_prepare_workspace_bytes(&artefact, workers);
        }

        """)
    }
    return texts.joined(separator: "\n")
  }
}

extension ArtefactDescription {
  /// The entry point that `NAME_run` is: the one called `whole`, else the last.
  var wholeEntry: Int { entries.lastIndex { $0.name == "whole" } ?? entries.count - 1 }

  /// Whether the file has a function `prepare`.
  var prepares: Bool { weights.place == "nowhere" }

  /// Every function that the file offers, by name.
  var functionNames: [String] {
    var names = CNames.reserved.filter { $0 != "prepare" || prepares }.map { "\(self.name)_\($0)" }
    names.append("\(name)_run_workspace_bytes")
    if prepares { names.append("\(name)_prepare_workspace_bytes") }
    for entry in entries { names += [entry.function, "\(entry.function)_workspace_bytes"] }
    return names.sorted()
  }
}
