"""How far a call is, and calls that are stopped."""

import gc
import signal
import weakref

import smalti

from support import Case, rows, video


class Stops(Case):
    def test_progress(self):
        with smalti.load("simone.so") as model:
            told = []
            outputs = model(video=video(), progress=lambda done, count: told.append((done, count)))
            count = told[0][1]
            self.assertEqual(told, [(done, count) for done in range(count + 1)])
            self.assertEqual(
                count, model.description["entries"][3]["signatures"][0]["plans"][0]["steps"]
            )
            self.assertSameBits(outputs, model(video=video()))

    def test_cancel(self):
        with smalti.load("simone.so") as model:
            expected = model(video=video())
            for stop in (0, 2):
                told = []

                def progress(done, count):
                    told.append(done)
                    return done == stop

                with self.raises(smalti.Cancelled, "CANCELLED", f"cancelled after {stop} of"):
                    model(video=video(), progress=progress)
                self.assertEqual(told, list(range(stop + 1)))
            # The last answer is not read.
            self.assertSameBits(
                model(video=video(), progress=lambda done, count: done == count), expected
            )

    def test_exceptions(self):
        """What `progress` raises comes out of the call; so does Ctrl-C."""
        with smalti.load("simone.so") as model:
            for stop in (0, 1):
                told = []

                def progress(done, count):
                    told.append(done)
                    return 1 // (stop - done) > 1

                with self.assertRaisesRegex(ZeroDivisionError, "division"):
                    model(video=video(), progress=progress)
                self.assertEqual(told, list(range(stop + 1)))
            # Ignored in the background of a script, held back in a thread of a test: children inherit
            # both.
            signal.signal(signal.SIGINT, signal.default_int_handler)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
            with self.assertRaises(KeyboardInterrupt):
                model(
                    video=video(), progress=lambda done, count: signal.raise_signal(signal.SIGINT)
                )
            with self.assertRaises(TypeError):
                model(video=video(), progress=lambda: None)
            model(video=video())

    def test_exceptions_keep_nothing(self):
        """Once it is handled, an exception of `progress` keeps no array of the call."""
        gc.disable()
        self.addCleanup(gc.enable)
        with smalti.load("inside.so") as model:
            array = rows()
            reference = weakref.ref(array)
            try:
                model(x=array, progress=lambda done, count: 1 // 0)
            except ZeroDivisionError:
                pass
            del array
            self.assertIsNone(reference())
