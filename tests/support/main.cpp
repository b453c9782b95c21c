// The main function of every unit test program: doctest with a TAP reporter, so that meson counts test cases
// instead of programs.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <iostream>
#include <sstream>
#include <string>

namespace {

struct TapReporter : doctest::IReporter {
    explicit TapReporter(const doctest::ContextOptions&) {}

    void report_query(const doctest::QueryData&) override {}
    void test_run_start() override {}
    void test_run_end(const doctest::TestRunStats&) override { std::cout << "1.." << number_ << std::endl; }
    void test_case_start(const doctest::TestCaseData& data) override {
        current_ = &data;
        notes_.str({});
    }
    void test_case_reenter(const doctest::TestCaseData&) override {}
    void test_case_end(const doctest::CurrentTestCaseStats& stats) override {
        std::cout << notes_.str() << (stats.failure_flags == 0 ? "ok " : "not ok ") << ++number_ << " - "
                  << current_->m_name << std::endl;
    }
    void test_case_exception(const doctest::TestCaseException& exception) override {
        note(current_->m_file.c_str(), static_cast<int>(current_->m_line),
             "exception: " + std::string(exception.error_string.c_str()));
    }
    void subcase_start(const doctest::SubcaseSignature& signature) override {
        subcase_ = signature.m_name.c_str();
    }
    void subcase_end() override { subcase_.clear(); }
    void log_assert(const doctest::AssertData& data) override {
        if (!data.m_failed) return;
        note(data.m_file, data.m_line, std::string(data.m_expr) + " is not so: " + data.m_decomp.c_str());
        for (int index = 0; index < doctest::IReporter::get_num_active_contexts(); ++index) {
            std::ostringstream context;
            doctest::IReporter::get_active_contexts()[index]->stringify(&context);
            note(data.m_file, data.m_line, "with " + context.str());
        }
    }
    void log_message(const doctest::MessageData& data) override {
        note(data.m_file, data.m_line, data.m_string.c_str());
    }
    void test_case_skipped(const doctest::TestCaseData& data) override {
        if (data.m_skip)
            std::cout << "ok " << ++number_ << " - " << data.m_name << " # SKIP marked so" << std::endl;
    }

  private:
    void note(const char* file, int line, const std::string& text) {
        notes_ << "# " << file << ":" << line << (subcase_.empty() ? "" : " [" + subcase_ + "]") << ": ";
        for (const char c : text)
            notes_ << c << (c == '\n' ? "#   " : "");
        notes_ << "\n";
    }

    const doctest::TestCaseData* current_ = nullptr;
    std::ostringstream notes_;
    std::string subcase_;
    int number_ = 0;
};

DOCTEST_REGISTER_REPORTER("tap", 0, TapReporter);

} // namespace

int main(int argc, char** argv) {
    doctest::Context context;
    context.setOption("reporters", "tap");
    context.setOption("no-intro", true);
    context.applyCommandLine(argc, argv);
    return context.run();
}
