// The state file and its thread, on real files.
#include "store/database.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "support/run.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test::database_test {
namespace {

using namespace std::chrono_literals;

void insert(StateFile& file, std::int64_t value) {
    file.run("INSERT INTO recent (hash) VALUES (?)", value);
}

class DatabaseTest : public testing::Test {
  protected:
    DatabaseTest() { open(); }
    void open() {
        if (database_) database_->close();
        io_.restart();
        io_.poll();
        database_.reset();
        database_.emplace(io_, DatabaseOptions{dir_ / "enrichd.db", false, 5ms});
    }
    error write(std::int64_t value) {
        return run(io_, database_->run([value](StateFile& file) { insert(file, value); }));
    }
    std::vector<std::int64_t> values() {
        std::vector<std::int64_t> out;
        const error failure = run(io_, database_->run([&](StateFile& file) {
            file.each("SELECT hash FROM recent ORDER BY number",
                      [&](const Row& row) { out.push_back(row.number(0)); });
        }));
        EXPECT_FALSE(failure) << failure.message();
        return out;
    }
    bool trouble_ends() {
        return run_until(io_, [&] { return !database_->trouble(); });
    }

    asio::io_context io_;
    TempDir dir_;
    std::optional<Database> database_;
};

TEST_F(DatabaseTest, KeepsWhatIsWrittenOverARestart) {
    EXPECT_FALSE(write(1));
    database_->run_surely([](StateFile& file) { insert(file, 2); });
    open();
    EXPECT_EQ(values(), (std::vector<std::int64_t>{1, 2}));
}

TEST_F(DatabaseTest, WritesInTheOrderAskedAndManyInOneTransaction) {
    ASSERT_FALSE(write(0));
    run_until(io_, [&] { return database_->waiting() == 0; });
    const auto before = database_->counts().transactions;
    for (std::int64_t i = 1; i <= 1000; ++i) database_->run_surely([i](StateFile& file) { insert(file, i); });
    const auto all = values();
    ASSERT_EQ(all.size(), 1001U);
    for (std::int64_t i = 0; i <= 1000; ++i) EXPECT_EQ(all[static_cast<std::size_t>(i)], i);
    EXPECT_LT(database_->counts().transactions - before, 1000U);
}

TEST_F(DatabaseTest, AWorkThatFailsTakesBackAllOfItsTransaction) {
    const error failure = run(io_, database_->run([](StateFile& file) {
        insert(file, 1);
        file.run("INSERT INTO nowhere VALUES (1)");
        insert(file, 2);
    }));
    EXPECT_EQ(failure, errc::store_failed);
    ASSERT_TRUE(trouble_ends());
    EXPECT_TRUE(values().empty());
    EXPECT_EQ(database_->counts().errors["failed"], 1U);
}

TEST_F(DatabaseTest, WhatMustBeDoneIsTriedUntilItIsAndStaysInItsOrder) {
    ASSERT_FALSE(write(0));
    auto broken = std::make_shared<std::atomic<bool>>(true);
    database_->run_surely([broken](StateFile& file) {
        if (*broken) file.fail(errc::store_full, "as if");
        insert(file, 1);
    });
    database_->run_surely([](StateFile& file) { insert(file, 2); });
    ASSERT_TRUE(run_until(io_, [&] { return database_->trouble().has_value(); }));
    EXPECT_EQ(*database_->trouble(), errc::store_full);
    EXPECT_EQ(write(3), errc::store_full) << "refused at once";
    EXPECT_EQ(database_->waiting(), 2U);
    *broken = false;
    ASSERT_TRUE(trouble_ends());
    EXPECT_EQ(values(), (std::vector<std::int64_t>{0, 1, 2}));
}

TEST_F(DatabaseTest, ADirectoryThatIsMissingIsTroubleThatEndsWhenItIsThere) {
    database_.reset();
    database_.emplace(io_, DatabaseOptions{dir_ / "not-yet/enrichd.db", false, 5ms});
    EXPECT_EQ(write(1), errc::store_unwritable);
    std::filesystem::create_directory(dir_ / "not-yet");
    ASSERT_TRUE(trouble_ends());
    EXPECT_FALSE(write(1));
}

TEST_F(DatabaseTest, AFileThatIsNoneOfSqlitesIsTroubleAndIsLeftAsItIs) {
    database_.reset();
    write_file(dir_ / "enrichd.db", std::string(5000, 'x'));
    open();
    EXPECT_EQ(write(1), errc::store_corrupt);
    EXPECT_EQ(read_file(dir_ / "enrichd.db"), std::string(5000, 'x'));
    std::filesystem::rename(dir_ / "enrichd.db", dir_ / "damaged");
    ASSERT_TRUE(trouble_ends()) << "without a restart";
    EXPECT_FALSE(write(1));
}

TEST_F(DatabaseTest, AFileThatIsDeletedUnderItIsWrittenAnewWithAllThatItHeld) {
    database_.reset();
    database_.emplace(io_, DatabaseOptions{dir_ / "enrichd.db", false, 5ms, 20ms});
    ASSERT_FALSE(write(1));
    for (const char* file : {"enrichd.db", "enrichd.db-wal"}) std::filesystem::remove(dir_ / file);
    ASSERT_FALSE(write(2));
    ASSERT_TRUE(run_until(io_, [&] { return database_->openings() == 2; }));
    ASSERT_FALSE(write(3));
    open();
    EXPECT_EQ(values(), (std::vector<std::int64_t>{1, 2, 3}));
}

TEST_F(DatabaseTest, WhatWasDeletedIsHeldUntilItCanBeWrittenAnew) {
    database_.reset();
    std::filesystem::create_directory(dir_ / "state");
    database_.emplace(io_, DatabaseOptions{dir_ / "state/enrichd.db", false, 5ms, 20ms});
    ASSERT_FALSE(write(1));
    std::filesystem::remove_all(dir_ / "state");
    write_file(dir_ / "state", "in the way");
    database_->run_surely([](StateFile& file) { insert(file, 2); });
    ASSERT_TRUE(run_until(io_, [&] { return database_->trouble().has_value(); }));
    std::filesystem::remove(dir_ / "state");
    ASSERT_TRUE(run_until(io_, [&] { return database_->openings() == 2; })) << "the directory is made too";
    ASSERT_TRUE(trouble_ends());
    EXPECT_EQ(values(), (std::vector<std::int64_t>{1, 2}));
}

TEST_F(DatabaseTest, AnotherFileInItsPlaceIsTakenAsItIs) {
    {
        Database other(io_, DatabaseOptions{dir_ / "other.db"});
        EXPECT_FALSE(run(io_, other.run([](StateFile& file) { insert(file, 7); })));
    }
    database_.reset();
    database_.emplace(io_, DatabaseOptions{dir_ / "enrichd.db", false, 5ms, 20ms});
    ASSERT_FALSE(write(1));
    std::filesystem::remove(dir_ / "enrichd.db-wal");
    std::filesystem::rename(dir_ / "other.db", dir_ / "enrichd.db");
    ASSERT_FALSE(write(2));
    ASSERT_TRUE(run_until(io_, [&] { return database_->openings() == 2; }));
    EXPECT_EQ(values(), std::vector<std::int64_t>{7});
}

TEST_F(DatabaseTest, AFileOfALaterVersionIsNotTouched) {
    ASSERT_FALSE(run(io_, database_->run([](StateFile& file) { file.script("PRAGMA user_version = 99"); })));
    open();
    EXPECT_EQ(write(1), errc::store_later_version);
}

TEST_F(DatabaseTest, ASecondProcessIsKeptOut) {
    ASSERT_FALSE(write(1));
    Database second(io_, DatabaseOptions{dir_ / "enrichd.db", false, 5ms});
    const error failure = run(io_, second.run([](StateFile& file) { insert(file, 2); }));
    EXPECT_EQ(failure, errc::store_in_use);
    database_.reset();
    EXPECT_TRUE(run_until(io_, [&] { return !second.trouble(); })) << "until the first has ended";
}

/// Does its job when the test says.
class ManualWorker final : public Worker {
  public:
    explicit ManualWorker(Job job) : job_(std::move(job)) {}
    void wake() override { woken_ = true; }
    bool join(std::optional<Clock::duration>) override {
        while (!next_.ended) next_ = job_();
        return true;
    }
    Clock::duration busy_for() const override { return {}; }

    bool woken() const { return woken_; }
    const Next& step() {
        woken_ = false;
        next_ = job_();
        if (next_.then) next_.then();
        return next_;
    }

  private:
    Job job_;
    Next next_;
    bool woken_ = false;
};

TEST_F(DatabaseTest, TakesNoWorkAfterItIsClosed) {
    database_->close();
    EXPECT_EQ(write(1), errc::store_failed);
}

TEST(DatabaseWorker, MayBeATestsOwnWhichTakesEachStepInSimulatedTime) {
    SimulatedTime time(WallClock::now());
    const TempDir dir;
    asio::io_context io;
    ManualWorker* worker = nullptr;
    Database database(io, {dir / "enrichd.db"}, [&](Worker::Job job) {
        auto made = std::make_unique<ManualWorker>(std::move(job));
        worker = made.get();
        return made;
    });
    EXPECT_EQ(worker->step().at, Clock::now());  // it opened the file, and looks for works at once
    EXPECT_FALSE(worker->step().at);
    const auto held = std::make_shared<int>();
    const auto begun = database.begin([held](StateFile& file) { insert(file, 1); });
    EXPECT_TRUE(worker->woken());
    worker->step();
    io.poll();
    EXPECT_TRUE(begun->came);
    EXPECT_EQ(held.use_count(), 1) << "the worker keeps nothing of a work that is done";
    EXPECT_EQ(worker->step().at, Clock::now() + 5s);  // then it is made safe from a power cut
    time.advance(5s);
    worker->step();
    EXPECT_FALSE(worker->step().at);
}

}  // namespace
}  // namespace enrichd::test::database_test
