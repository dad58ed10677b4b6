(function () {
  var form = document.querySelector('form.toiawase');
  if (!form) return;
  form.addEventListener('submit', function (event) {
    if (!form.elements.onamae.value) {
      event.preventDefault();
      form.elements.onamae.focus();
    }
    form.querySelector('button').disabled = !!form.elements.onamae.value;
  });
})();
