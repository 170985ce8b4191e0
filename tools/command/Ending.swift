import ArgumentParser
import Foundation
import ModelRequests
import Smalti

/// How a command ends when it does not end well.
enum Ending: Int32 {
  case done = 0
  /// The call was right, the run failed: a damaged file, a full disk.
  case failed = 1
  /// The call itself is wrong; nothing was tried.
  case mistake = 2
  case interrupted = 130

  /// Writes what happened to standard error and leaves with the code for it.
  static func exit(for error: any Error) -> Never {
    switch error {
    case let diagnostic as Diagnostic:
      Console.error(diagnostic.description)
      leave(diagnostic.isMistakeInCall ? .mistake : .failed)
    case let error as RunError:
      Console.error(error.description)
      leave(.failed)
    case let code as ExitCode:
      Foundation.exit(code.rawValue)
    default:
      exitForParser(error)
    }
  }

  /// Help and version are answers; everything else the parser throws is a mistake in the call.
  private static func exitForParser(_ error: any Error) -> Never {
    let text = RootCommand.fullMessage(for: error)
    if RootCommand.exitCode(for: error).isSuccess {
      Console.result(text)
      leave(.done)
    }
    Console.error(Diagnostic.callSyntax(parserText: text).description)
    leave(.mistake)
  }

  private static func leave(_ ending: Ending) -> Never { Foundation.exit(ending.rawValue) }
}
