using InMidst.Backup.Cmdlets.Tests.Hosting;

namespace InMidst.Backup.Cmdlets.Tests.AsyncCmdlets;

public sealed class QuestionsTests : AsyncCmdletTest
{
    private static Work Asking => Processing(async (cmdlet, token) => await cmdlet.Write(await cmdlet.Should("db", token), token));

    [Theory]
    [InlineData("-WhatIf", false)]
    [InlineData("-Confirm:$false", true)]
    [InlineData("", true)]
    public void ShouldProcess_follows_the_switches(string switches, bool expected)
    {
        PsResult result = Run(Asking, "Invoke-Work $work " + switches).Successful();

        Assert.Equal([expected], result.Values.Cast<bool>());
    }

    [Fact]
    public void WhatIf_says_what_would_be_done()
    {
        AnsweringHost host = Answering((_, _) => throw new InvalidOperationException("nobody may be asked"));

        Run(Asking, "Invoke-Work $work -WhatIf").Successful();

        Assert.Contains(host.Lines, line => line.Contains("db", StringComparison.Ordinal) && line.Contains("work on", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("&Yes", true)]
    [InlineData("&No", false)]
    public void Confirm_asks_the_user(string answer, bool expected)
    {
        Answering((_, labels) => labels.ToList().IndexOf(answer));

        PsResult result = Run(Asking, "Invoke-Work $work -Confirm").Successful();

        Assert.Equal([expected], result.Values.Cast<bool>());
    }

    [Fact]
    public void ShouldContinue_asks_whatever_Confirm_says()
    {
        var captions = new List<string>();
        Answering((caption, _) =>
        {
            captions.Add(caption);
            return 1;
        });
        Work work = Processing(async (cmdlet, token) => await cmdlet.Write(await cmdlet.Continue("really?", token), token));

        PsResult result = Run(work, "Invoke-Work $work -Confirm:$false").Successful();

        Assert.Equal([false], result.Values.Cast<bool>());
        Assert.Equal(["caption"], captions);
    }

    [Fact]
    public void A_host_that_cannot_ask_ends_the_cmdlet_and_not_with_a_yes()
    {
        bool wentOn = false;
        Work work = Processing(async (cmdlet, token) =>
        {
            await cmdlet.Continue("really?", token);
            wentOn = true;
        });

        PsResult result = Run(work);

        Assert.Contains("prompt", Assert.Single(result.Errors).ToString(), StringComparison.Ordinal);
        Assert.False(wentOn);
        Assert.Equal(1, work.CleanUps);
    }
}
