#include "bench/other_tailers.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <optional>
#include <thread>

#include "bench/figures.hpp"
#include "support/child.hpp"

namespace enrichd::test {
namespace {

namespace fs = std::filesystem;

/// Where Debian's packages are: installed, or unpacked somewhere else.
struct Place {
    fs::path root;       // "/" when they are installed
    fs::path libraries;  // /usr/lib/x86_64-linux-gnu below it
};

std::vector<Place> places() {
    std::vector<Place> out;
    const char* const unpacked = std::getenv("ENRICHD_BENCH_TAILERS");
    for (const fs::path& root : {fs::path(unpacked ? unpacked : ""), fs::path("/")}) {
        std::error_code none;
        for (const auto& entry : fs::directory_iterator(root / "usr/lib", none))
            if (entry.path().filename().string().ends_with("-linux-gnu")) out.push_back({root, entry.path()});
    }
    return out;
}

std::optional<Place> place_of(const std::string& program) {
    for (const Place& one : places())
        if (fs::exists(one.root / "usr/sbin" / program)) return one;
    return std::nullopt;
}

/// Lines of a file that grows.
class LineCount {
  public:
    explicit LineCount(fs::path file) : path_(std::move(file)) {}
    std::size_t now() {
        std::ifstream in(path_, std::ios::binary);
        in.seekg(read_);
        std::string block(1 << 20, '\0');
        while (in.read(block.data(), static_cast<std::streamsize>(block.size())), in.gcount() > 0) {
            const auto end = block.begin() + in.gcount();
            lines_ += static_cast<std::size_t>(std::count(block.begin(), end, '\n'));
            read_ += in.gcount();
        }
        return lines_;
    }

  private:
    fs::path path_;
    std::streamoff read_ = 0;
    std::size_t lines_ = 0;
};

TailerRun run_until(const Command& command, const fs::path& output, std::size_t lines) {
    LineCount written(output);
    const auto start = BenchClock::now();
    Child program(command);
    while (written.now() < lines) {
        if (seconds_since(start) > 300)
            give_up(command.program.string() + " does not read on: " + read_file(command.output));
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    TailerRun run{seconds_since(start), cpu_seconds(program.pid()), peak_kilobytes(program.pid())};
    if (written.now() != lines) give_up(command.program.string() + " wrote other lines than it should");
    return run;
}

class Rsyslog final : public OtherTailer {
  public:
    explicit Rsyslog(Place place) : place_(std::move(place)) {}
    std::string name() const override { return "rsyslog: imfile, mmjsonparse, omfile"; }
    TailerRun read(const fs::path& file, std::size_t alerts) override {
        const TempDir work;
        const fs::path output = work / "output";
        write_file(
            work / "conf",
            "global(workDirectory=\"" + work.path().string() +
                "\" maxMessageSize=\"128k\")\n"
                "module(load=\"imfile\")\nmodule(load=\"mmjsonparse\")\n"
                "template(name=\"line\" type=\"string\" string=\"%msg%\\n\")\n"
                "input(type=\"imfile\" tag=\"bench\" ruleset=\"dns\" file=\"" +
                file.string() +
                "\")\nruleset(name=\"dns\") {\n  action(type=\"mmjsonparse\" cookie=\"\")\n"
                "  if $!data!win!eventdata!queryName != \"\" then action(type=\"omfile\" template=\"line\" "
                "file=\"" +
                output.string() + "\")\n}\n");
        Command command;
        command.program = place_.root / "usr/sbin/rsyslogd";
        command.arguments = {"rsyslogd", "-n",         "-f", work / "conf",
                             "-i",       work / "pid", "-M", place_.libraries / "rsyslog"};
        command.environment["LD_LIBRARY_PATH"] = place_.libraries;
        command.output = work / "log";
        return run_until(command, output, alerts);
    }

  private:
    Place place_;
};

class SyslogNg final : public OtherTailer {
  public:
    explicit SyslogNg(Place place) : place_(std::move(place)) {}
    std::string name() const override { return "syslog-ng: file, json-parser, file"; }
    TailerRun read(const fs::path& file, std::size_t alerts) override {
        const TempDir work;
        const fs::path output = work / "output";
        write_file(work / "conf",
                   "@version: 3.38\noptions { stats-freq(0); log-msg-size(131072); };\n"
                   "source s { file(\"" +
                       file.string() +
                       "\" flags(no-parse)); };\n"
                       "parser p { json-parser(prefix(\".j.\")); };\n"
                       "filter f { \"${.j.data.win.eventdata.queryName}\" ne \"\" };\n"
                       "destination d { file(\"" +
                       output.string() +
                       "\" template(\"${MESSAGE}\\n\")); };\n"
                       "log { source(s); parser(p); filter(f); destination(d); };\n");
        fs::path modules;
        for (const auto& entry : fs::directory_iterator(place_.root / "usr/lib/syslog-ng"))
            if (fs::exists(entry.path() / "libaffile.so")) modules = entry.path();
        Command command;
        command.program = place_.root / "usr/sbin/syslog-ng";
        command.arguments = {"syslog-ng", "-F",
                             "--no-caps", "--module-path=" + modules.string(),
                             "-f",        work / "conf",
                             "-R",        work / "persist",
                             "-c",        work / "control",
                             "-p",        work / "pid"};
        command.environment["LD_LIBRARY_PATH"] =
            place_.libraries.string() + ":" + (place_.root / "usr/lib/syslog-ng").string();
        command.output = work / "log";
        return run_until(command, output, alerts);
    }

  private:
    Place place_;
};

}  // namespace

std::vector<std::unique_ptr<OtherTailer>> other_tailers() {
    std::vector<std::unique_ptr<OtherTailer>> out;
    if (auto place = place_of("rsyslogd")) out.push_back(std::make_unique<Rsyslog>(*std::move(place)));
    if (auto place = place_of("syslog-ng")) out.push_back(std::make_unique<SyslogNg>(*std::move(place)));
    return out;
}

std::vector<std::string> missing_tailers() {
    std::vector<std::string> out;
    for (const std::string& program : std::vector<std::string>{"rsyslogd", "syslog-ng"})
        if (!place_of(program)) out.push_back(program);
    return out;
}

}  // namespace enrichd::test
