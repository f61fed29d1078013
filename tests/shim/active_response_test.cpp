// The real shim as Wazuh's execd runs it: no arguments, one line on a stdin that stays open.
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <chrono>

#include "base/fd.hpp"
#include "shim/shim_fixture.hpp"
#include "support/wait.hpp"

namespace enrichd::test::active_response_test {
namespace {

using namespace std::chrono_literals;

struct Pipe {
    Pipe() {
        std::array<int, 2> ends{};
        EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
        reading = Fd(ends[0]);
        writing = Fd(ends[1]);
        ::fcntl(writing.get(), F_SETPIPE_SZ, 1 << 20);
    }
    void write(const std::string& bytes) const {
        EXPECT_EQ(::write(writing.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    }
    Fd reading;
    Fd writing;
};

class ActiveResponse : public ShimTest {
  protected:
    Run respond(const std::string& bytes, bool leave_open = true) {
        Pipe pipe;
        pipe.write(bytes);
        if (!leave_open) pipe.writing.reset();
        return run_program(ENRICH_SHIM_PROGRAM, {"active-response/bin/enrich-otx"}, pipe.reading.get());
    }
    /// Only its stdout, which execd reads.
    std::string stdout_for(const std::string& bytes) {
        Pipe pipe;
        pipe.write(bytes);
        pipe.writing.reset();
        return run_program("/bin/sh", {"sh", "-c", "exec \"$0\" 2>/dev/null", ENRICH_SHIM_PROGRAM},
                           pipe.reading.get())
            .output;
    }
    /// A shim whose line comes when the test wants.
    Command waiting(const Pipe& pipe) const {
        return {ENRICH_SHIM_PROGRAM,
                {"active-response/bin/enrich-otx"},
                {{"ENRICHD_SOCKET", socket_}, {"ENRICHD_SPOOL", spool_.string()}},
                {},
                -1,
                pipe.reading.get()};
    }
    std::string spooled() const {
        const auto file = std::filesystem::directory_iterator(spool_ / "new")->path();
        EXPECT_TRUE(file.string().ends_with("-a")) << file;
        return read_file(file);
    }
};

TEST_F(ActiveResponse, SpoolsTheLineWithoutItsEndAndReadsNoFurther) {
    const Run out = respond("{\"command\":\"add\"}\nmore");
    EXPECT_EQ(out.exit_code, 0);
    EXPECT_EQ(out.output, "");
    ASSERT_EQ(count_files(spool_ / "new"), 1U);
    EXPECT_EQ(spooled(), "{\"command\":\"add\"}");
}

TEST_F(ActiveResponse, ALineThatTheEndOfTheFileEndsIsOne) {
    EXPECT_EQ(respond("{}", false).exit_code, 0);
    EXPECT_EQ(spooled(), "{}");
}

TEST_F(ActiveResponse, TakesTheLongestLineAndNoLonger) {
    EXPECT_EQ(respond(std::string(128 * 1024, 'x') + "\n").exit_code, 0);
    EXPECT_EQ(spooled().size(), 128U * 1024);
    const Run out = respond(std::string(128 * 1024 + 1, 'x') + "\n");
    EXPECT_EQ(out.exit_code, 1);
    EXPECT_NE(out.output.find("longer than 131072 bytes"), std::string::npos) << out.output;
    EXPECT_EQ(count_files(spool_ / "new"), 1U);
}

TEST_F(ActiveResponse, ALineThatComesLateIsTaken) {
    const Pipe pipe;
    Child child(waiting(pipe));
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_TRUE(eventually([&] { return std::chrono::steady_clock::now() > begun + 400ms; }));
    pipe.write("{\"late\":");
    EXPECT_TRUE(eventually([&] { return std::chrono::steady_clock::now() > begun + 500ms; }));
    pipe.write("1}\n");
    EXPECT_EQ(child.wait(), 0);
    EXPECT_EQ(spooled(), "{\"late\":1}");
}

TEST_F(ActiveResponse, WaitsFiveSecondsForTheEndOfALineAndThenTakesWhatMayBeWhole) {
    const Pipe whole;
    const Pipe half;
    const Pipe none;
    whole.write("{\"command\":\"add\"}");
    half.write("{\"command\":");
    const auto begun = std::chrono::steady_clock::now();
    Child takes(waiting(whole));
    Child refuses(waiting(half));
    Child hears_nothing(waiting(none));
    EXPECT_EQ(takes.wait(), 0);
    EXPECT_GE(std::chrono::steady_clock::now() - begun, 4900ms);
    EXPECT_EQ(spooled(), "{\"command\":\"add\"}");
    EXPECT_EQ(
        refuses.output(),
        "enrich-shim: no active response can be read from stdin: its end did not come within 5 seconds\n");
    EXPECT_EQ(refuses.wait(), 1);
    EXPECT_EQ(hears_nothing.output(),
              "enrich-shim: no active response can be read from stdin: nothing came within 5 seconds\n");
    EXPECT_EQ(hears_nothing.wait(), 1);
    EXPECT_EQ(count_files(spool_ / "new"), 1U);
}

TEST_F(ActiveResponse, WhatIsLostIsToldOnStderrAndInTheSystemsLogAndNeverOnStdout) {
    EXPECT_EQ(stdout_for(""), "") << "execd takes a line for a question";
    Pipe pipe;
    pipe.writing.reset();
    EXPECT_EQ(run_traced("sendto", {}, {}, pipe.reading.get()).exit_code, 1);
    EXPECT_NE(trace().find("<27>enrich-shim: no active response can be read from stdin: it is empty"),
              std::string::npos)
        << trace();
    EXPECT_NE(trace().find("sun_path=\"/dev/log\""), std::string::npos) << trace();

    write_file(spool_, "a file where the spool should be");
    EXPECT_EQ(stdout_for("{}\n"), "");
    const Run out = respond("{}\n");
    EXPECT_EQ(out.exit_code, 1);
    EXPECT_NE(out.output.find("cannot be spooled: Not a directory"), std::string::npos) << out.output;
}

TEST_F(ActiveResponse, TheIntegratorReadsStderrAndNothingGoesToTheSystemsLog) {
    EXPECT_EQ(run_traced("sendto", {""}).exit_code, 1);
    EXPECT_EQ(trace().find("/dev/log"), std::string::npos) << trace();
}

}  // namespace
}  // namespace enrichd::test::active_response_test
