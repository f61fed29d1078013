// The real shim on a socket and a spool of the test's own.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "proto/wire.h"
#include "support/child.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test {

class ShimTest : public testing::Test {
  protected:
    struct Run {
        int exit_code;
        std::string output;
    };
    Run run(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "integrations");
        return run_program(ENRICH_SHIM_PROGRAM, arguments);
    }
    /// With what it asks of the kernel in trace(), and more options for strace.
    Run run_traced(const std::string& calls, const std::vector<std::string>& arguments,
                   const std::vector<std::string>& options = {}, int input = -1) {
        std::vector<std::string> command{"strace", "-o", dir_ / "trace", "-s", "300", "-e", "trace=" + calls};
        command.insert(command.end(), options.begin(), options.end());
        command.emplace_back(ENRICH_SHIM_PROGRAM);
        command.insert(command.end(), arguments.begin(), arguments.end());
        return run_program("/usr/bin/strace", command, input);
    }
    std::string trace() const { return read_file(dir_ / "trace"); }
    Run run_program(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                    int input = -1) {
        const Command command{
            program, arguments, {{"ENRICHD_SOCKET", socket_}, {"ENRICHD_SPOOL", spool_.string()}},
            {},      -1,        input};
        Child child(command);
        std::string output = child.output();
        return {child.wait(), std::move(output)};
    }
    void fails(const std::vector<std::string>& arguments, const std::string& why) {
        const Run out = run(arguments);
        EXPECT_EQ(out.exit_code, 1);
        EXPECT_TRUE(out.output.starts_with("enrich-shim: ")) << out.output;
        EXPECT_NE(out.output.find(why), std::string::npos) << out.output;
        EXPECT_EQ(std::count(out.output.begin(), out.output.end(), '\n'), 1);
        EXPECT_EQ(count_files(spool_ / "new"), 0U);
    }

    TempDir dir_;
    std::string socket_ = dir_ / "nobody.sock";
    std::filesystem::path spool_ = dir_ / "spool";
};

}  // namespace enrichd::test
