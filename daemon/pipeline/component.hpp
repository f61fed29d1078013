// A stage with all that belongs to it: its client, its memory, its reports. Each folder of stages/ has one.
// The daemon and the verbs build, configure, restore, show and stop them in the same way, and know no more of
// them than this.
#pragma once

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "asking/open_question.hpp"
#include "base/reporting.hpp"
#include "base/task.hpp"
#include "model/event.hpp"
#include "model/host_name.hpp"
#include "net/lookup.hpp"
#include "net/tasks.hpp"
#include "pipeline/known_names.hpp"
#include "pipeline/pipeline.hpp"
#include "store/state.hpp"

namespace enrichd {

class SharedState;

/// What a component is built into. All outlive it.
struct Surroundings {
    asio::io_context& io;
    Tasks& work;
    Lookup& lookup;
    Pipeline& pipeline;
    /// Null for a verb: nothing is remembered, and of a component only use(), shown(), trouble() and the stop
    /// are called.
    State* state = nullptr;
    /// Domains that are treated as established; null: none are.
    const KnownNames* known = nullptr;
    /// The directory of the state file, for files beside it; a verb only reads there. Empty: none are used.
    std::string directory{};
    /// What other hosts share; null for a verb.
    SharedState* shared = nullptr;
};

using Reports = std::vector<std::unique_ptr<Reporting>>;

/// One alert or name that a verb has sent through the pipeline.
struct Inspected {
    const HostName& name;
    Destination destination;
    bool wanted;              // a name that is looked up, suspicious, or asked about by an active response
    const StatusJson& known;  // what cached() of the running daemon says; null when nothing
    const std::vector<Event>& events;
    std::string_view failed_before;  // the title of a component before this one that failed; or empty

    /// An answer of the running daemon to a verb about the name; or why there is none.
    struct Answer {
        std::string json;
        std::string failure;
    };
    std::function<Answer(std::string_view verb)> ask_daemon;
};

class Component {
  public:
    Component() = default;
    Component(const Component&) = delete;
    Component& operator=(const Component&) = delete;
    virtual ~Component() = default;

    /// The stage's, which lives for ever: in metrics, the journal, the state file and the configuration.
    virtual std::string_view name() const = 0;

    /// For people: "Domain Stats".
    virtual std::string_view title() const = 0;

    /// Who is asked, or that it is off: for the log at the start.
    virtual std::string described() const = 0;

    virtual void add_reports(Reports& reports) const = 0;

    /// Reads what an earlier run has learnt, before anything is asked. May be called again after an error.
    virtual task<error> restore() = 0;

    /// What runs from when alerts may come, and from when the state file was read.
    virtual void start(Tasks&) {}
    virtual void start_restored(Tasks&) {}

    /// Removes up to `most` verdicts that are too many for the cache. True when there are more of them.
    virtual bool trim(std::size_t most) = 0;

    /// The stop, in this order: begin_no_more() before alerts in flight get their time to end, stop() before
    /// those that are left are cancelled, close_idle() at last: kept connections keep the loop alive.
    virtual void begin_no_more() {}
    virtual void stop() {}
    virtual void close_idle() {}

    /// What is wrong with the upstream, or nothing.
    virtual std::optional<error> trouble() const = 0;

    /// What an operator may do with an upstream: have nothing asked of it until it is resumed or the daemon
    /// starts again; have it found out now whether it answers.
    enum class UpstreamAct { pause, resume, reset };
    virtual void act_on_upstream(UpstreamAct) {}
    /// By an operator. Nothing when no upstream is asked.
    virtual std::optional<bool> upstream_paused() const { return std::nullopt; }

    /// The keys of what use() takes as known, for tests of the policy; none: such tests have no facts of it.
    virtual std::span<const std::string_view> known_keys() const { return {}; }

    /// At most `most` of its questions to an upstream that have no answer yet, the oldest first.
    virtual std::vector<OpenQuestion> open_questions(std::size_t /*most*/) const { return {}; }

    /// The number of verdicts in memory, and those about a name: null or empty when there is none.
    virtual std::size_t cached() const = 0;
    virtual StatusJson cached(const HostName& name) const = 0;

    /// A verdict in memory, in brief.
    struct Cached {
        std::string key;      // as OpenQuestion's
        std::string verdict;  // "ESTABLISHED", "not found"
        bool negative;        // nothing was found: an error, or no pulse
        Clock::duration age;
        Clock::duration good_for;
    };
    /// Which of them are meant. Both are empty: all.
    struct CacheFilter {
        std::string suffix;  // of the name
        bool negative = false;

        bool wants(std::string_view key, bool is_negative) const;
    };
    /// At most `most`, the latest used first.
    virtual std::vector<Cached> cached(const CacheFilter&, std::size_t /*most*/) const { return {}; }

    /// Removes all verdicts, or those about a name, or the one of a key, from memory and from the state file.
    virtual void flush() = 0;
    virtual void flush(const HostName& name) = 0;
    virtual void flush(const std::string& /*key*/) {}

    /// What its verdicts depend on, when they may be taken to another host: none of them hides a first
    /// contact there. Empty: they may not.
    virtual std::string_view learnt_with() const { return {}; }
    /// Those in the state file, in the order of their keys, after `key`.
    virtual task<result<std::vector<RememberedVerdict>>> stored_after(std::string /*key*/,
                                                                      std::size_t /*count*/) {
        co_return std::vector<RememberedVerdict>();
    }
    /// Takes a verdict that another host has learnt into memory and state file. Returns why it does not, as a
    /// text that lives for ever; an empty one when it does. After cannot_keep_up there is no use in another.
    static constexpr std::string_view cannot_keep_up =
        "the state file cannot be written, or does not keep up";
    virtual std::string_view take(RememberedVerdict) { return {}; }

    /// The state file does not know the domain any more.
    virtual void domain_forgotten(const std::string&) {}

    /// The verb by which an operator has it ask about a name; empty when there is none. ask() returns what
    /// cached() does, or why not, in words.
    virtual std::string_view verb() const { return {}; }
    struct Asked {
        std::string found;  // JSON
        std::string failure;
    };
    virtual task<Asked> ask(HostName) { co_return Asked(); }

    /// Verbs of its own for the admin socket, which live for ever, and what one of them answers to a
    /// question, which is JSON: `found` is a JSON object.
    virtual std::span<const std::string_view> own_verbs() const { return {}; }
    virtual task<Asked> act(std::string_view /*verb*/, std::string /*question*/) { co_return Asked(); }

    /// For a verb that inspects: `known` is what the running daemon has, so that it is not asked again. An
    /// object that is empty: nothing is known, and nobody is to be asked. Throws when a member has another
    /// type.
    virtual void use(const HostName& name, const StatusJson& known) = 0;

    /// What there is to show of it. Leaves in `failure` why the whole has failed.
    virtual StatusJson shown(const Inspected& of, std::string& failure) const = 0;
};

}  // namespace enrichd
