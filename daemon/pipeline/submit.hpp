// The one way in for alerts, whatever source they come from: they are read, those that were seen before are
// found, and what needs no wait is finished at once.
//
// A source calls take(). Only what waits needs more: the source gives it back to go_on() with the part of
// itself that has to hear of it.
#pragma once

#include <memory>
#include <string_view>

#include "net/tasks.hpp"
#include "pipeline/ack.hpp"
#include "pipeline/alert_reader.hpp"
#include "pipeline/dedup_window.hpp"
#include "pipeline/pipeline.hpp"

namespace enrichd {

class Submit {
  public:
    Submit(Tasks& work, Pipeline& pipeline, Recent& recent, const AlertReaderOptions& options)
        : work_(work), pipeline_(pipeline), recent_(recent), reader_(options) {}

    void configure(const AlertReaderOptions& options) { reader_.configure(options); }

    enum class Outcome {
        safe,     // finished
        seen,     // as safe as the alert of this content that came before
        in_work,  // such an alert came before, and is not safe yet: this one must not be forgotten
        waits     // it is for go_on()
    };
    struct Taken {
        Outcome outcome = Outcome::safe;
        Job job{};             // of what waits; it is not safe when it is dropped
        bool decided = false;  // of what is finished: something was found, or it was refused
    };

    /// An alert as it came. It counts in `counts`, which outlives it. Errors, which are for good: those of
    /// AlertReader.
    [[nodiscard]] result<Taken> take(std::string_view bytes, Destination destination, SourceCounts& counts);

    /// The rest, in the background.
    void go_on(Job job, std::unique_ptr<Receiver> receiver);

  private:
    task<void> finish(Job job);

    Tasks& work_;
    Pipeline& pipeline_;
    Recent& recent_;
    AlertReader reader_;
};

}  // namespace enrichd
